// A product of few rows with a matrix that the plan rewrites, as the update of a training on single examples does: each
// part has the terms whose rows of B it also writes, so that no core waits for what another one has in its cache.
// (784 x 256: the update behind it takes 33 us instead of 60 to 300 on two cores.) The sums are one chain each, as
// product_contract.hpp says: a part goes on where the part before it stopped, a block of columns behind it.
#include "run/cpu/chain_work.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/pause.hpp"
#include "run/cpu/product_plan.hpp"

namespace backprop::cpu {
namespace {

constexpr std::int64_t block = 64;  // columns

template <class T> class ChainWork final : public Work {
 public:
  ChainWork(const Step& step, Memory& memory, const ProductShape& shape, int parts_wanted)
      : kernel_(chain_function<T>()),
        partial_(static_cast<std::size_t>(shape.rows * shape.columns)),
        links_(static_cast<std::size_t>(parts_wanted)) {
    parts = parts_wanted;
    flops = 2.0 * static_cast<double>(shape.rows * shape.columns) * static_cast<double>(shape.terms);
    all_.a_row = shape.a.row_stride;
    all_.a_term = shape.a.column_stride;
    all_.b_term = shape.b.row_stride;
    all_.partial_row = shape.columns;
    all_.c_row = shape.c.row_stride;
    all_.rows = shape.rows;
    all_.columns = shape.columns;
    all_.terms = shape.terms;
    memory.link(&all_.a, step.inputs[0]);
    memory.link(&all_.b, step.inputs[1]);
    memory.link(&all_.c, step.outputs[0]);
    if (step.inputs.size() == 3) memory.link(&all_.bias, step.inputs[2]);
  }

  void run(int part, std::byte*) noexcept override {
    Link& mine = links_[static_cast<std::size_t>(part)];
    ChainLink<T> link = all_;
    link.begin = all_.terms * part / parts;
    link.end = all_.terms * (part + 1) / parts;
    std::int64_t done = mine.done.load(std::memory_order_relaxed);
    for (std::int64_t column = 0; column < all_.columns; column += block) {
      if (part > 0) links_[static_cast<std::size_t>(part - 1)].wait_for(done + 1);
      link.b = all_.b + column;
      link.c = all_.c + column;
      link.partial = partial_.data() + column;
      if (all_.bias != nullptr) link.bias = all_.bias + column;
      link.columns = std::min(block, all_.columns - column);
      kernel_(link);
      mine.done.store(++done, std::memory_order_release);
    }
  }

 private:
  // Blocks that a part has done, of all runs; each part has run as often when the next run begins.
  struct alignas(64) Link {
    std::atomic<std::int64_t> done = 0;
    void wait_for(std::int64_t blocks) const {
      for (int i = 0; done.load(std::memory_order_acquire) < blocks; ++i) {
        i < 1000 ? pause() : std::this_thread::yield();  // the part before may be without a core
      }
    }
  };

  ChainFunction<T> kernel_;
  ChainLink<T> all_;
  std::vector<T> partial_;
  std::vector<Link> links_;
};

}  // namespace

std::unique_ptr<Work> make_chain_work(const Step& step, Memory& memory, const ProductShape& shape, int threads) {
  const bool few =
      shape.rows <= rows_of_a_chain && shape.b.column_stride == 1 && shape.c.column_stride == 1 && !shape.in_lanes;
  const std::int64_t parts = std::min<std::int64_t>(threads, shape.columns * shape.terms / elements_worth_a_part);
  if (!few || parts < threads || threads < 2 || !shape.rewritten) return nullptr;
  if (shape.dtype == float32) return std::make_unique<ChainWork<float>>(step, memory, shape, threads);
  return std::make_unique<ChainWork<double>>(step, memory, shape, threads);
}

}  // namespace backprop::cpu
