#include <algorithm>

#include "run/cpu/sequence_work.hpp"
#include "run/cpu/share.hpp"
#include "run/cpu/tile_code.hpp"
#include "run/cpu/work.hpp"

namespace backprop::cpu {
namespace {

std::vector<Extents> strides_of(const Step& step) {
  std::vector<Extents> strides;
  for (const auto* list : {&step.inputs, &step.outputs}) {
    for (const View& view : *list) strides.push_back(view.strides);
  }
  return strides;
}

template <class Link> void for_each_operand(const Step& step, Link&& link) {
  std::size_t i = 0;
  for (const auto* list : {&step.inputs, &step.outputs}) {
    for (const View& view : *list) link(i++, view);
  }
}

// A space of any rank, split over threads.
class TileWork final : public Work {
 public:
  TileWork(const Step& step, CompiledTile tile, TileLayout layout, Memory& memory, int parts_wanted)
      : tile_(std::move(tile)), layout_(std::move(layout)), pointers_(layout_.strides.size()), units_(layout_.units()) {
    for_each_operand(step, [&](std::size_t i, const View& view) { memory.link(&pointers_[i], view); });
    parts = parts_wanted;
  }

  void run(int part, std::byte* scratch) noexcept override {
    run_tile(tile_, layout_, pointers_.data(), units_ * part / parts, units_ * (part + 1) / parts, scratch);
  }

 private:
  CompiledTile tile_;
  TileLayout layout_;
  std::vector<void*> pointers_;
  std::int64_t units_;
};

// One or two dimensions on one thread.
class SmallTileWork final : public Work {
 public:
  SmallTileWork(const Step& step, CompiledTile tile, const TileLayout& layout, Memory& memory)
      : tile_(std::move(tile), operands_of(layout), layout.extents.size() == 1 ? 1 : layout.extents[0],
              layout.extents.back()) {
    for_each_operand(step, [&](std::size_t i, const View& view) { memory.link(tile_.pointer(i), view); });
  }

  void run(int, std::byte* scratch) noexcept override { tile_.run(scratch); }

 private:
  static std::vector<TileOperand> operands_of(const TileLayout& layout) {
    std::vector<TileOperand> operands;
    for (const Extents& strides : layout.strides) {
      operands.push_back({nullptr, strides.size() == 1 ? 0 : strides[0], strides.back()});
    }
    return operands;
  }

  PreparedTile tile_;
};

}  // namespace

std::unique_ptr<Work> make_tile_work(const Step& step, Memory& memory, int threads) {
  CompiledTile tile = compile_tile(step.tile);
  TileLayout layout = merge_dimensions(step.outputs[0].extents, strides_of(step));
  const int operations = step.tile.operations();
  const int parts = parts_for(layout.elements() * std::max(operations, 4), layout.units(), threads);
  const std::size_t scratch_bytes = tile.scratch_bytes();
  const double nanoseconds = 0.08 * static_cast<double>(layout.elements() * std::max(operations, 2));
  std::unique_ptr<Work> result = make_sequence_work(step, tile, layout, memory, parts);
  if (result) {
    result->parts = parts;
  } else if (parts == 1 && layout.extents.size() <= 2) {
    result = std::make_unique<SmallTileWork>(step, std::move(tile), layout, memory);
  } else {
    result = std::make_unique<TileWork>(step, std::move(tile), std::move(layout), memory, parts);
  }
  result->scratch_bytes = scratch_bytes;
  result->nanoseconds = nanoseconds;
  return result;
}

}  // namespace backprop::cpu
