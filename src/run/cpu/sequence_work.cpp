#include "run/cpu/sequence_work.hpp"

#include <algorithm>

#include "run/cpu/share.hpp"
#include "run/cpu/tile_code.hpp"

namespace backprop::cpu {
namespace {

// The operands of a loop: constants where they are, inputs and outputs linked. `place` is asked first, for operand k and
// the number of the input that it is; it gives whether that comes from somewhere else.
template <class Place>
void connect(const Step& step, const TileCode& code, Memory& memory, std::vector<TileSlot>& operands, Place&& place) {
  operands.resize(code.sequence_slots.size());
  const auto inputs = static_cast<std::int32_t>(step.inputs.size());
  const auto constants = static_cast<std::int32_t>(code.constants.size());
  for (std::size_t k = 0; k < operands.size(); ++k) {
    const std::int32_t slot = code.sequence_slots[k];
    std::byte** const pointer = &operands[k].pointer;
    if (slot < inputs) {
      const auto i = static_cast<std::size_t>(slot);
      if (step.tile.inputs[i].scalar) operands[k].mask = 0;
      if (step.tile.inputs[i].scalar || !place(k, i)) memory.link(pointer, step.inputs[i]);
    } else if (slot < inputs + constants) {
      *pointer = const_cast<std::byte*>(code.constants[static_cast<std::size_t>(slot - inputs)].bytes);
      operands[k].mask = 0;
    } else {
      // The outputs follow in their order.
      memory.link(pointer, step.outputs[k - (operands.size() - step.outputs.size())]);
    }
  }
}

// Whether `fits(strides, is_input)` holds for all operands but scalar inputs, which one element stands for.
template <class Fits> bool all_fit(const Step& step, const TileCode& code, const TileLayout& layout, Fits&& fits) {
  for (std::size_t i = 0; i < layout.strides.size(); ++i) {
    const bool is_input = i < step.inputs.size();
    if (is_input && code.boolean_inputs[i]) return false;
    if (is_input && step.tile.inputs[i].scalar) continue;
    if (!fits(layout.strides[i], is_input)) return false;
  }
  return true;
}

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

std::int64_t lanes_of(const TileCode& code) { return code.kernels->vector_bytes / code.element_bytes; }

// Arrays without gaps and numbers: nothing is left to work out at the run.
class SequenceWork : public Work {
 public:
  static bool fits(const Step& step, const TileCode& code, const TileLayout& layout) {
    return all_fit(step, code, layout, [&](const Extents& strides, bool) { return is_one_run(layout, strides); });
  }

  // (Inputs that are no run are left to a class that has something else in their place.)
  SequenceWork(const Step& step, CompiledTile tile, const TileLayout& layout, Memory& memory)
      : tile_(std::move(tile)), sequence_(tile_.code().sequence), elements_(layout.elements()) {
    connect(step, tile_.code(), memory, operands_,
            [&](std::size_t, std::size_t i) { return !is_one_run(layout, layout.strides[i]); });
  }

  void run(int, std::byte*) noexcept override { sequence_(operands_.data(), elements_); }

 protected:
  CompiledTile tile_;
  TileSequenceKernel sequence_;
  std::int64_t elements_;
  std::vector<TileSlot> operands_;
};

// The same, by several threads.
class SharedSequenceWork final : public SequenceWork {
 public:
  using SequenceWork::SequenceWork;

  void run(int part, std::byte*) noexcept override {
    constexpr std::int64_t unit = 64;  // whole lines of the cache
    const Share units((elements_ + unit - 1) / unit, part, parts);
    const std::int64_t begin = units.begin * unit, end = std::min(elements_, units.end * unit);
    TileSlot operands[most_tile_operands];
    for (std::size_t k = 0; k < operands_.size(); ++k) {
      operands[k] = operands_[k];
      operands[k].pointer += (begin & operands[k].mask) * tile_.code().element_bytes;
    }
    sequence_(operands, end - begin);
  }
};

// A small space, of which some inputs are rows or columns repeated from one vector.
class LookedUpSequenceWork final : public SequenceWork {
 public:
  static bool fits(const Step& step, const TileCode& code, const TileLayout& layout) {
    return all_fit(step, code, layout, [&](const Extents& strides, bool is_input) {
      return is_one_run(layout, strides) || (is_input && is_looked_up(layout, strides, lanes_of(code)));
    });
  }

  LookedUpSequenceWork(const Step& step, CompiledTile tile, const TileLayout& layout, Memory& memory)
      : SequenceWork(step, std::move(tile), layout, memory) {
    const std::vector<std::int32_t>& slots = tile_.code().sequence_slots;
    for (std::size_t k = 0; k < slots.size(); ++k) {
      const auto i = static_cast<std::size_t>(slots[k]);
      if (i >= step.inputs.size() || step.tile.inputs[i].scalar || is_one_run(layout, layout.strides[i])) continue;
      look_ups_.emplace_back(layout, layout.strides[i], k, i, tile_.code().element_bytes);
    }
    for (LookUp& look_up : look_ups_) {
      operands_[look_up.operand].pointer = look_up.repeated.front().bytes;
      memory.link(&look_up.source, step.inputs[look_up.input]);
    }
  }

  void run(int, std::byte*) noexcept override {
    for (LookUp& input : look_ups_) {
      look_up_(input.source, input.count, input.indices.data(), elements_, input.repeated.front().bytes);
    }
    sequence_(operands_.data(), elements_);
  }

 private:
  struct LookUp {
    LookUp(const TileLayout& layout, const Extents& strides, std::size_t operand, std::size_t input,
           std::int64_t element_bytes)
        : operand(operand), input(input) {
      const std::int64_t rows = layout.extents[0], columns = layout.extents[1];
      count = strides[0] == 0 ? columns : rows;
      indices.resize(static_cast<std::size_t>(rows * columns) + splat_bytes / sizeof(float));  // read in whole vectors
      for (std::int64_t i = 0; i < rows * columns; ++i) {
        indices[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(strides[0] == 0 ? i % columns : i / columns);
      }
      repeated.resize(static_cast<std::size_t>(rows * columns * element_bytes / splat_bytes + 1));
    }
    std::size_t operand, input;
    std::int64_t count;
    std::vector<std::int32_t> indices;
    std::vector<TileConstant> repeated;  // written in whole vectors
    void* source = nullptr;
  };
  std::vector<LookUp> look_ups_;
  decltype(TileKernels::look_up) look_up_ = tile_.code().kernels->look_up;
};

// Rows of some length, of arrays with gaps, a row repeated, or one element a row: the loop, for each of them.
class RowSequenceWork final : public Work {
 public:
  static bool fits(const Step& step, const TileCode& code, const TileLayout& layout) {
    if (layout.extents.size() != 2 || layout.extents[1] < 2 * lanes_of(code)) return false;
    return all_fit(step, code, layout, [](const Extents& strides, bool is_input) {
      return strides[1] == 1 || (is_input && strides[1] == 0);
    });
  }

  RowSequenceWork(const Step& step, CompiledTile tile, const TileLayout& layout, Memory& memory)
      : tile_(std::move(tile)), rows_(layout.extents[0]), columns_(layout.extents[1]) {
    const TileCode& code = tile_.code();
    connect(step, code, memory, operands_, [&](std::size_t k, std::size_t i) {
      const bool splat = layout.strides[i][1] == 0;
      const std::int64_t row_bytes = layout.strides[i][0] * code.element_bytes;
      splat ? splats_.push_back({k, row_bytes}) : moving_.push_back({k, row_bytes});
      return splat;
    });
    for (Splat& splat : splats_) {
      memory.link(&splat.source, step.inputs[static_cast<std::size_t>(code.sequence_slots[splat.operand])]);
    }
    const std::size_t first_output = operands_.size() - step.outputs.size();
    for (std::size_t o = 0; o < step.outputs.size(); ++o) {
      moving_.push_back({first_output + o, layout.strides[step.inputs.size() + o][0] * code.element_bytes});
    }
  }

  void run(int part, std::byte* scratch) noexcept override {
    const TileCode& code = tile_.code();
    const std::int64_t begin = rows_ * part / parts, end = rows_ * (part + 1) / parts;
    TileSlot operands[most_tile_operands];
    std::ranges::copy(operands_, operands);
    for (const Moving& moving : moving_) operands[moving.operand].pointer += begin * moving.row_bytes;
    for (std::size_t s = 0; s < splats_.size(); ++s) {
      operands[splats_[s].operand] = {scratch + static_cast<std::int64_t>(s) * splat_bytes, 0};
    }
    for (std::int64_t row = begin; row < end; ++row) {
      for (const Splat& splat : splats_) {
        code.kernels->splat(static_cast<const std::byte*>(splat.source) + row * splat.row_bytes,
                            operands[splat.operand].pointer);
      }
      code.sequence(operands, columns_);
      for (const Moving& moving : moving_) operands[moving.operand].pointer += moving.row_bytes;
    }
  }

 private:
  // An input of one element a row.
  struct Splat {
    std::size_t operand;
    std::int64_t row_bytes;
    void* source = nullptr;
  };
  // Any other array: 0 bytes where a row is repeated.
  struct Moving {
    std::size_t operand;
    std::int64_t row_bytes;
  };

  CompiledTile tile_;
  std::int64_t rows_, columns_;
  std::vector<TileSlot> operands_;
  std::vector<Splat> splats_;
  std::vector<Moving> moving_;
};

}  // namespace

std::unique_ptr<Work> make_sequence_work(const Step& step, const CompiledTile& tile, const TileLayout& layout,
                                         Memory& memory, int parts) {
  const TileCode& code = tile.code();
  if (code.sequence == nullptr || !code.prologue.empty()) return nullptr;
  if (SequenceWork::fits(step, code, layout)) {
    if (parts > 1) return std::make_unique<SharedSequenceWork>(step, tile, layout, memory);
    return std::make_unique<SequenceWork>(step, tile, layout, memory);
  }
  if (LookedUpSequenceWork::fits(step, code, layout) && parts == 1) {
    return std::make_unique<LookedUpSequenceWork>(step, tile, layout, memory);
  }
  if (RowSequenceWork::fits(step, code, layout)) return std::make_unique<RowSequenceWork>(step, tile, layout, memory);
  return nullptr;
}

}  // namespace backprop::cpu
