#include "run/cpu/tile.hpp"
#include "run/cpu/work.hpp"

namespace backprop::cpu {
namespace {

class TileWork final : public Work {
 public:
  TileWork(const Step& step, Memory& memory, int threads) : tile_(compile_tile(step.tile)) {
    std::vector<Extents> strides;
    for (const auto* list : {&step.inputs, &step.outputs}) {
      for (const View& view : *list) strides.push_back(view.strides);
    }
    layout_ = merge_dimensions(step.outputs[0].extents, strides);
    pointers_.resize(strides.size());
    std::size_t i = 0;
    for (const auto* list : {&step.inputs, &step.outputs}) {
      for (const View& view : *list) memory.link(&pointers_[i++], view);
    }
    scratch_bytes = tile_.scratch_bytes();
    // Below some tens of thousands of instructions a second thread gains nothing.
    constexpr std::int64_t least = 20000;
    nanoseconds = 0.08 * static_cast<double>(layout_.elements() * std::max(step.tile.operations(), 2));
    const std::int64_t work = layout_.elements() * std::max(step.tile.operations(), 4);
    parts = static_cast<int>(std::clamp<std::int64_t>(std::min(work / least, layout_.units()), 1, threads));
  }

  void run(int part, std::byte* scratch) noexcept override {
    const std::int64_t units = layout_.units();
    run_tile(tile_, layout_, pointers_.data(), units * part / parts, units * (part + 1) / parts, scratch);
  }

 private:
  CompiledTile tile_;
  TileLayout layout_;
  std::vector<void*> pointers_;
};

}  // namespace

std::unique_ptr<Work> make_tile_work(const Step& step, Memory& memory, int threads) {
  return std::make_unique<TileWork>(step, memory, threads);
}

}  // namespace backprop::cpu
