// A matmul equation as one product for each index of its leading axes.
#include <algorithm>

#include "run/cpu/chain_work.hpp"
#include "run/cpu/product_plan.hpp"
#include "run/cpu/work.hpp"

namespace backprop::cpu {
namespace {

MatrixLayout matrix_of(const View& view, bool transposed) {
  const std::size_t rank = view.strides.size();
  const MatrixLayout layout{view.strides[rank - 2], view.strides[rank - 1]};
  return transposed ? MatrixLayout{layout.column_stride, layout.row_stride} : layout;
}

// Offset in bytes of each matrix of a stack whose leading axes broadcast to those of `full`.
std::vector<std::ptrdiff_t> offsets(const View& view, const Extents& full, std::size_t element) {
  const std::size_t leading = full.size() - 2, missing = full.size() - view.extents.size();
  std::vector<std::ptrdiff_t> list{0};
  for (std::size_t axis = 0; axis < leading; ++axis) {
    std::int64_t stride = 0;
    if (axis >= missing && view.extents[axis - missing] != 1) stride = view.strides[axis - missing];
    std::vector<std::ptrdiff_t> next;
    for (const std::ptrdiff_t offset : list) {
      for (std::int64_t i = 0; i < full[axis]; ++i)
        next.push_back(offset + i * stride * static_cast<std::int64_t>(element));
    }
    list = std::move(next);
  }
  return list;
}

// Whether a step behind the commit point writes what lies there.
bool is_rewritten(const View& view, const Plan& plan) {
  return std::any_of(plan.steps.begin() + plan.commit, plan.steps.end(), [&](const Step& step) {
    return std::ranges::any_of(step.outputs, [&](const View& output) { return output.buffer == view.buffer; });
  });
}

ProductShape shape_of(const Step& step, const Memory& memory) {
  const bool transpose_a = step.equation->attributes.flag("transpose_a");
  const bool transpose_b = step.equation->attributes.flag("transpose_b");
  const View &a = step.inputs[0], &b = step.inputs[1], &c = step.outputs[0];
  const std::size_t rank = c.extents.size(), rank_a = a.extents.size();
  const std::int64_t rows = c.extents[rank - 2], columns = c.extents[rank - 1];
  const std::int64_t terms = a.extents[transpose_a ? rank_a - 2 : rank_a - 1];
  return {.dtype = memory.dtype(c),
          .rows = rows,
          .columns = columns,
          .terms = terms,
          .a = matrix_of(a, transpose_a),
          .b = matrix_of(b, transpose_b),
          .c = matrix_of(c, false),
          .in_lanes = sums_in_lanes(rows, columns, terms, transpose_a, transpose_b),
          .rewritten = is_rewritten(b, memory.plan())};
}

class ProductWork final : public Work {
 public:
  ProductWork(const Step& step, Memory& memory, ProductPlan plan, int threads) : plan_(std::move(plan)) {
    const View &a = step.inputs[0], &b = step.inputs[1], &c = step.outputs[0];
    const std::size_t element = size_of(plan_.shape.dtype);
    a_offsets_ = offsets(a, c.extents, element);
    b_offsets_ = offsets(b, c.extents, element);
    c_offsets_ = offsets(c, c.extents, element);
    const auto stack = static_cast<std::int64_t>(c_offsets_.size());
    flops = 2.0 * static_cast<double>(stack * plan_.shape.rows) *
            static_cast<double>(plan_.shape.columns * plan_.shape.terms);
    constexpr double least = 1e5;  // flops that a second thread is worth
    parts = stack == 1
                ? plan_.parts
                : static_cast<int>(std::clamp(flops / least, 1.0, double(std::min<std::int64_t>(threads, stack))));
    scratch_bytes = plan_.scratch_bytes;
    memory.link(&a_, a);
    memory.link(&b_, b);
    memory.link(&c_, c);
    if (step.inputs.size() == 3) memory.link(&bias_, step.inputs[2]);
  }

  void run(int part, std::byte* scratch) noexcept override {
    const std::size_t stack = c_offsets_.size();
    if (stack == 1) return run_product(plan_, a_, b_, c_, scratch, part, bias_);
    const std::size_t begin = stack * static_cast<std::size_t>(part) / static_cast<std::size_t>(parts);
    const std::size_t end = stack * static_cast<std::size_t>(part + 1) / static_cast<std::size_t>(parts);
    for (std::size_t i = begin; i < end; ++i) {
      run_product(plan_, static_cast<std::byte*>(a_) + a_offsets_[i], static_cast<std::byte*>(b_) + b_offsets_[i],
                  static_cast<std::byte*>(c_) + c_offsets_[i], scratch, 0, bias_);
    }
  }

 private:
  ProductPlan plan_;
  std::vector<std::ptrdiff_t> a_offsets_, b_offsets_, c_offsets_;
  void* a_ = nullptr;
  void* b_ = nullptr;
  void* c_ = nullptr;
  void* bias_ = nullptr;
};

// One small product whose operands are read as they lie: nothing is left to work out at the run.
template <class T> class SmallProductWork : public Work {
 public:
  SmallProductWork(const Step& step, Memory& memory, const ProductPlan& plan) : tiles_(plan.small_tiles.size()) {
    flops = 2.0 * static_cast<double>(plan.shape.rows * plan.shape.columns) * static_cast<double>(plan.shape.terms);
    const auto link = [&](auto** pointer, const View& view, std::int64_t offset) {
      View from = view;
      from.offset += offset;
      memory.link(pointer, from);
    };
    for (std::size_t i = 0; i < tiles_.size(); ++i) {
      const ProductPlan::SmallTile& from = plan.small_tiles[i];
      TileArguments<T>& t = tiles_[i].arguments = small_arguments<T>(plan);
      tiles_[i].kernel = reinterpret_cast<TileFunction<T>>(from.kernel);
      link(&t.a, step.inputs[plan.transposed ? 1 : 0], from.row * t.a_row);
      link(&t.b, step.inputs[plan.transposed ? 0 : 1], 0);
      link(&t.c, step.outputs[0], from.row * t.c_row);
      if (step.inputs.size() == 3) link(&t.bias, step.inputs[2], from.row * t.bias_row);
    }
  }

  void run(int, std::byte*) noexcept override {
    for (const Tile& tile : tiles_) tile.kernel(tile.arguments);
  }

 protected:
  struct Tile {
    TileFunction<T> kernel;
    TileArguments<T> arguments;
  };
  std::vector<Tile> tiles_;
};

// The same of one tile: its kernel takes the place of this call.
template <class T> class OneTileWork final : public SmallProductWork<T> {
 public:
  using SmallProductWork<T>::SmallProductWork;
  void run(int, std::byte*) noexcept override { this->tiles_.front().kernel(this->tiles_.front().arguments); }
};

// A product in one vector.
template <class T> class VectorProductWork final : public Work {
 public:
  VectorProductWork(const Step& step, Memory& memory, ProductPlan plan)
      : plan_(std::move(plan)),
        function_(reinterpret_cast<VectorFunction<T>>(plan_.vector_function)),
        arguments_(vector_arguments<T>(plan_)) {
    flops = 2.0 * static_cast<double>(plan_.shape.rows * plan_.shape.columns * plan_.shape.terms);
    memory.link(&arguments_.a, step.inputs[0]);
    memory.link(&arguments_.b, step.inputs[1]);
    memory.link(&arguments_.c, step.outputs[0]);
    if (step.inputs.size() == 3) memory.link(&arguments_.bias, step.inputs[2]);
  }

  void run(int, std::byte*) noexcept override { function_(arguments_); }

 private:
  ProductPlan plan_;
  VectorFunction<T> function_;
  VectorArguments<T> arguments_;
};

template <class T>
std::unique_ptr<Work> make_small_product_work(const Step& step, Memory& memory, const ProductPlan& plan) {
  if (plan.vector_function != nullptr) return std::make_unique<VectorProductWork<T>>(step, memory, plan);
  if (plan.small_tiles.size() == 1) return std::make_unique<OneTileWork<T>>(step, memory, plan);
  return std::make_unique<SmallProductWork<T>>(step, memory, plan);
}

}  // namespace

std::unique_ptr<Work> make_product_work(const Step& step, Memory& memory, int threads) {
  const ProductShape shape = shape_of(step, memory);
  const Extents& extents = step.outputs[0].extents;
  const bool alone = count(Extents(extents.begin(), extents.end() - 2)) == 1;
  std::unique_ptr<Work> work = alone ? make_chain_work(step, memory, shape, threads) : nullptr;
  if (!work) {
    ProductPlan plan = plan_product(shape, alone ? threads : 1);
    const bool is_small = !plan.small_tiles.empty() || plan.vector_function != nullptr;
    if (!alone || !is_small || plan.scratch_bytes > 0) {
      work = std::make_unique<ProductWork>(step, memory, std::move(plan), threads);
    } else if (shape.dtype == float32) {
      work = make_small_product_work<float>(step, memory, plan);
    } else {
      work = make_small_product_work<double>(step, memory, plan);
    }
  }
  work->nanoseconds = work->flops / 50;
  return work;
}

}  // namespace backprop::cpu
