#include <algorithm>

#include "run/cpu/tile.hpp"
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

// Whether all elements of a space stand one after the other.
bool is_one_run(const TileLayout& layout, const Extents& strides) {
  if (layout.extents.size() == 1) return layout.extents[0] <= 1 || strides[0] == 1;
  return layout.extents.size() == 2 && strides[1] == 1 && strides[0] == layout.extents[1];
}

// Whether a small space of short rows has its elements of an input from one vector: a row or a column, repeated.
bool is_looked_up(const TileLayout& layout, const Extents& strides, std::int64_t lanes) {
  constexpr std::int64_t most_elements = 256;
  if (layout.extents.size() != 2 || layout.elements() > most_elements) return false;
  return (strides == Extents{0, 1} && layout.extents[1] < lanes) ||
         (strides == Extents{1, 0} && layout.extents[0] < lanes);
}

// A program that is one loop, over arrays without gaps and numbers: nothing is left to work out at the run either.
class SequenceWork final : public Work {
 public:
  // Whether all but scalar inputs, which one element stands for, is one run of elements or is looked up.
  static bool fits(const Step& step, const TileCode& code, const TileLayout& layout) {
    if (code.sequence == nullptr || !code.prologue.empty()) return false;
    const std::int64_t lanes = code.kernels->vector_bytes / code.element_bytes;
    for (std::size_t i = 0; i < layout.strides.size(); ++i) {
      const bool is_input = i < step.inputs.size();
      if (is_input && code.boolean_inputs[i]) return false;
      const bool scalar = is_input && step.tile.inputs[i].scalar;
      const bool looked_up = is_input && is_looked_up(layout, layout.strides[i], lanes);
      if (!scalar && !looked_up && !is_one_run(layout, layout.strides[i])) return false;
    }
    return true;
  }

  SequenceWork(const Step& step, CompiledTile tile, const TileLayout& layout, Memory& memory, int parts_wanted)
      : tile_(std::move(tile)), sequence_(tile_.code().sequence), elements_(layout.elements()) {
    const TileCode& code = tile_.code();
    element_bytes_ = code.element_bytes;
    operands_.resize(code.sequence_slots.size());
    const auto inputs = static_cast<std::int32_t>(step.inputs.size());
    const auto constants = static_cast<std::int32_t>(code.constants.size());
    for (std::size_t k = 0; k < operands_.size(); ++k) {
      const std::int32_t slot = code.sequence_slots[k];
      void** const pointer = reinterpret_cast<void**>(&operands_[k].pointer);
      if (slot < inputs) {
        const auto i = static_cast<std::size_t>(slot);
        if (step.tile.inputs[i].scalar) operands_[k].mask = 0;
        if (!step.tile.inputs[i].scalar && !is_one_run(layout, layout.strides[i])) {
          look_ups_.push_back(LookUp(layout, layout.strides[i], k));
        } else {
          memory.link(pointer, step.inputs[i]);
        }
      } else if (slot < inputs + constants) {
        *pointer = const_cast<std::byte*>(code.constants[static_cast<std::size_t>(slot - inputs)].bytes);
        operands_[k].mask = 0;
      } else {
        // The outputs follow in their order.
        memory.link(pointer, step.outputs[k - (operands_.size() - step.outputs.size())]);
      }
    }
    for (LookUp& look_up : look_ups_) {
      memory.link(&look_up.source, step.inputs[static_cast<std::size_t>(code.sequence_slots[look_up.operand])]);
    }
    parts = parts_wanted;
  }

  void run(int part, std::byte* scratch) noexcept override {
    if (parts > 1) return run_part(part);
    if (!look_ups_.empty()) return run_looked_up(scratch);
    sequence_(operands_.data(), elements_);
  }

 private:
  // An input of which one vector has all there is.
  struct LookUp {
    LookUp(const TileLayout& layout, const Extents& strides, std::size_t operand) : operand(operand) {
      const std::int64_t rows = layout.extents[0], columns = layout.extents[1];
      count = strides[0] == 0 ? columns : rows;
      indices.resize(static_cast<std::size_t>(rows * columns) + splat_bytes / sizeof(float));  // read in whole vectors
      for (std::int64_t i = 0; i < rows * columns; ++i) {
        indices[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(strides[0] == 0 ? i % columns : i / columns);
      }
    }
    std::size_t operand;
    std::int64_t count;
    std::vector<std::int32_t> indices;
    void* source = nullptr;
  };

  void run_looked_up(std::byte* scratch) noexcept {
    for (const LookUp& input : look_ups_) {
      tile_.code().kernels->look_up(input.source, input.count, input.indices.data(), elements_, scratch);
      operands_[input.operand].pointer = scratch;
      scratch += tile_bytes_apart;
    }
    sequence_(operands_.data(), elements_);
  }

  void run_part(int part) noexcept {
    constexpr std::int64_t unit = 64;  // whole lines of the cache
    const std::int64_t units = (elements_ + unit - 1) / unit;
    const std::int64_t begin = units * part / parts * unit;
    const std::int64_t end = std::min(elements_, units * (part + 1) / parts * unit);
    TileSlot operands[most_tile_operands];
    for (std::size_t k = 0; k < operands_.size(); ++k) {
      operands[k] = operands_[k];
      operands[k].pointer += (begin & operands[k].mask) * element_bytes_;
    }
    sequence_(operands, end - begin);
  }

  CompiledTile tile_;
  std::vector<LookUp> look_ups_;
  TileSequenceKernel sequence_;
  std::int64_t elements_, element_bytes_;
  std::vector<TileSlot> operands_;
};

}  // namespace

std::unique_ptr<Work> make_tile_work(const Step& step, Memory& memory, int threads) {
  CompiledTile tile = compile_tile(step.tile);
  TileLayout layout = merge_dimensions(step.outputs[0].extents, strides_of(step));
  // Below some tens of thousands of instructions a second thread gains nothing.
  constexpr std::int64_t least = 20000;
  const int operations = step.tile.operations();
  const std::int64_t work = layout.elements() * std::max(operations, 4);
  const auto parts = static_cast<int>(std::clamp<std::int64_t>(std::min(work / least, layout.units()), 1, threads));
  const std::size_t scratch_bytes = tile.scratch_bytes();
  const double nanoseconds = 0.08 * static_cast<double>(layout.elements() * std::max(operations, 2));
  std::unique_ptr<Work> result;
  if (SequenceWork::fits(step, tile.code(), layout)) {
    result = std::make_unique<SequenceWork>(step, std::move(tile), layout, memory, parts);
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
