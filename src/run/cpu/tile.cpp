// Runs compiled tiles: cuts a space into tiles that stay in L1, says where each operand's elements are, runs the steps.
#include "run/cpu/tile.hpp"

#include <algorithm>

#include "run/cpu/tile_code.hpp"

namespace backprop::cpu {
namespace {

// Places the operands. A space of one column is seen as one row, one that all operands walk through as one is
// flattened.
TileShape flatten(const TileOperand* operands, std::int64_t count, std::int64_t rows, std::int64_t columns,
                  PlacedOperand* placed) {
  if (columns == 1) {
    for (std::int64_t i = 0; i < count; ++i) placed[i].operand = {operands[i].pointer, 0, operands[i].row_stride};
    return {1, rows, 1, 0};
  }
  bool flat = true;
  for (std::int64_t i = 0; i < count; ++i) {
    const TileOperand& o = placed[i].operand = operands[i];
    flat &= o.column_stride == 1 ? o.row_stride == columns : (o.column_stride | o.row_stride) == 0;
  }
  if (rows == 1 || flat) return {1, rows * columns, 1, 0};
  return {rows, columns, 1, 0};
}

// Whether some operand's neighbours lie below each other.
bool lies_crosswise(const PlacedOperand* placed, std::int64_t count) {
  return std::any_of(placed, placed + count, [](const PlacedOperand& p) {
    return p.operand.row_stride != 0 && p.operand.row_stride < p.operand.column_stride;
  });
}

// Tiles of whole rows where a row is short, else parts of rows, about equal; parts of 16 rows where an operand lies
// crosswise, which uses whole lines of the cache.
void choose_tile(TileShape& shape, bool crosswise, std::int64_t capacity) {
  constexpr std::int64_t crosswise_rows = 16;
  shape.tile_columns = shape.columns;
  if (shape.rows > 1 && shape.columns < capacity / 4) {
    shape.tile_rows = std::min(shape.rows, capacity / shape.columns);
  } else if (shape.rows > 1 && crosswise) {
    shape.tile_rows = std::min(shape.rows, crosswise_rows);
    shape.tile_columns = capacity / crosswise_rows;
  } else if (shape.columns > capacity) {
    const std::int64_t parts = (shape.columns + capacity - 1) / capacity;
    shape.tile_columns = ((shape.columns + parts - 1) / parts + 63) / 64 * 64;
  }
}

// Whether a tile's elements of an operand stand one after the other.
bool in_one_run(const TileOperand& o, const TileShape& shape) {
  if (o.column_stride != 1 && shape.columns != 1) return false;
  return shape.tile_rows == 1 || (o.row_stride == shape.columns && shape.tile_columns == shape.columns);
}

TileAccess access_of(const TileOperand& o, bool boolean, const TileShape& shape) {
  if (o.column_stride == 0) {
    if (o.row_stride == 0 || shape.rows == 1) return TileAccess::splat;
    if (shape.tile_rows == 1) return TileAccess::splat_rows;
  } else if (!boolean && in_one_run(o, shape)) {
    return TileAccess::direct;
  }
  const bool whole_rows = shape.tile_rows > 1 && shape.tile_columns == shape.columns;
  return o.row_stride == 0 && whole_rows ? TileAccess::expand_once : TileAccess::pack;
}

TileOperand part_of(const PlacedOperand& p, std::int64_t row, std::int64_t column) {
  const TileOperand& o = p.operand;
  return {static_cast<std::byte*>(o.pointer) + (row * o.row_stride + column * o.column_stride) * p.bytes, o.row_stride,
          o.column_stride};
}

// How each operand comes to its slot, and where the slots that hold copies are in `memory`.
void place_slots(const TileCode& code, const TileShape& shape, PlacedOperand* placed, TileSlot* slots,
                 std::byte* memory) {
  const std::size_t inputs = code.boolean_inputs.size();
  for (std::size_t i = 0; i < inputs; ++i) {
    PlacedOperand& input = placed[i];
    input.bytes = code.boolean_inputs[i] ? 1 : code.element_bytes;
    input.access = access_of(input.operand, code.boolean_inputs[i], shape);
    const bool splat = input.access == TileAccess::splat || input.access == TileAccess::splat_rows;
    const auto index = static_cast<std::int64_t>(i);
    if (splat) {
      slots[i] = {memory + code.splats_offset + index * splat_bytes, 0};
    } else {
      slots[i] = {memory + code.buffers_offset + index * tile_bytes_apart, -1};
    }
  }
  TileSlot* slot = slots + inputs;
  for (const TileConstant& c : code.constants) *slot++ = {const_cast<std::byte*>(c.bytes), 0};
  for (const std::int64_t offset : code.uniform_offsets) *slot++ = {memory + offset, 0};
  for (const std::int64_t offset : code.register_offsets) *slot++ = {memory + offset, -1};
  for (std::size_t k = 0; k < code.outputs.size(); ++k) {
    PlacedOperand& output = placed[inputs + k];
    output.bytes = code.outputs[k].boolean ? 1 : code.element_bytes;
    output.access = code.outputs[k].direct && in_one_run(output.operand, shape) ? TileAccess::direct : TileAccess::pack;
  }
}

// Computes what is the same for all tiles.
void compute_once(const TileCode& code, const TileShape& shape, const PlacedOperand* placed, const TileSlot* slots) {
  const TileKernels& kernels = *code.kernels;
  for (std::size_t i = 0; i < code.boolean_inputs.size(); ++i) {
    const PlacedOperand& input = placed[i];
    const bool boolean = code.boolean_inputs[i];
    if (input.access == TileAccess::splat) {
      (boolean ? kernels.splat_boolean : kernels.splat)(input.operand.pointer, slots[i].pointer);
    } else if (input.access == TileAccess::expand_once) {
      (boolean ? kernels.pack_boolean : kernels.pack)(input.operand, shape.tile_rows, shape.columns, slots[i].pointer);
    }
  }
  for (const TileStep& step : code.prologue) step.kernel(slots, step, splat_bytes / code.element_bytes);
}

// Whether the step that gives an output may write to where it lies.
bool writes_direct(const TileOutputCode& code, const PlacedOperand& output, const PlacedOperand* placed) {
  return output.access == TileAccess::direct && std::none_of(code.unless.begin(), code.unless.end(), [&](auto i) {
           return placed[i].operand.pointer == output.operand.pointer;
         });
}

void run_steps(const TileCode& code, const TileSlot* slots, std::int64_t n) {
  if (code.sequence == nullptr) {
    for (const TileStep& step : code.steps) step.kernel(slots, step, n);
    return;
  }
  TileSlot operands[most_tile_operands];
  std::size_t k = 0;
  for (const std::int32_t slot : code.sequence_slots) operands[k++] = slots[slot];
  code.sequence(operands, n);
}

void run_one_tile(const TileCode& code, const PlacedOperand* placed, TileSlot* slots, std::int64_t row,
                  std::int64_t column, std::int64_t rows, std::int64_t columns) {
  const TileKernels& kernels = *code.kernels;
  const std::size_t inputs = code.boolean_inputs.size(), outputs = code.outputs.size();
  for (std::size_t i = 0; i < inputs; ++i) {
    const TileAccess access = placed[i].access;
    if (access == TileAccess::splat || access == TileAccess::expand_once) continue;
    const TileOperand part = part_of(placed[i], row, column);
    const bool boolean = placed[i].bytes == 1;
    if (access == TileAccess::direct) {
      slots[i].pointer = static_cast<std::byte*>(part.pointer);
    } else if (access == TileAccess::pack) {
      (boolean ? kernels.pack_boolean : kernels.pack)(part, rows, columns, slots[i].pointer);
    } else {
      (boolean ? kernels.splat_boolean : kernels.splat)(part.pointer, slots[i].pointer);
    }
  }
  for (std::size_t k = 0; k < outputs; ++k) {
    const PlacedOperand& output = placed[inputs + k];
    if (!writes_direct(code.outputs[k], output, placed)) continue;
    slots[code.outputs[k].slot].pointer = static_cast<std::byte*>(part_of(output, row, column).pointer);
  }
  run_steps(code, slots, rows * columns);
  for (std::size_t k = 0; k < outputs; ++k) {
    const PlacedOperand& output = placed[inputs + k];
    if (writes_direct(code.outputs[k], output, placed)) continue;
    (output.bytes == 1 ? kernels.unpack_boolean : kernels.unpack)(slots[code.outputs[k].slot], rows, columns,
                                                                  part_of(output, row, column));
  }
}

void run_tiles(const TileCode& code, const TileShape& shape, const PlacedOperand* placed, TileSlot* slots) {
  compute_once(code, shape, placed, slots);
  for (std::int64_t row = 0; row < shape.rows; row += shape.tile_rows) {
    const std::int64_t r = std::min(shape.tile_rows, shape.rows - row);
    for (std::int64_t column = 0; column < shape.columns; column += shape.tile_columns) {
      run_one_tile(code, placed, slots, row, column, r, std::min(shape.tile_columns, shape.columns - column));
    }
  }
}

std::int64_t operands_of(const TileCode& code) {
  return static_cast<std::int64_t>(code.boolean_inputs.size() + code.outputs.size());
}

// Places the operands and cuts the space.
TileShape cut(const TileCode& code, const TileOperand* operands, std::int64_t rows, std::int64_t columns,
              PlacedOperand* placed) {
  const std::int64_t count = operands_of(code);
  TileShape shape = flatten(operands, count, rows, columns, placed);
  choose_tile(shape, lies_crosswise(placed, count), tile_bytes / code.element_bytes);
  return shape;
}

}  // namespace

void run_tile(const CompiledTile& tile, const TileOperand* operands, std::int64_t rows, std::int64_t columns,
              void* scratch) noexcept {
  if (rows <= 0 || columns <= 0) return;
  const TileCode& code = tile.code();
  std::byte* const memory = static_cast<std::byte*>(scratch);
  auto* const slots = reinterpret_cast<TileSlot*>(memory);
  auto* const placed = reinterpret_cast<PlacedOperand*>(memory + code.operands_offset);
  const TileShape shape = cut(code, operands, rows, columns, placed);
  place_slots(code, shape, placed, slots, memory);
  run_tiles(code, shape, placed, slots);
}

PreparedTile::PreparedTile(CompiledTile tile, const std::vector<TileOperand>& operands, std::int64_t rows,
                           std::int64_t columns)
    : tile_(std::move(tile)), placed_(operands.size()), slots_(tile_.code().slots) {
  if (rows > 0 && columns > 0) shape_ = cut(tile_.code(), operands.data(), rows, columns, placed_.data());
  for (const TileOutputCode& output : tile_.code().outputs) places_anew_ |= !output.unless.empty();
}

void PreparedTile::run(std::byte* scratch) noexcept {
  if (shape_.rows == 0) return;
  if (scratch != scratch_ || places_anew_) {
    place_slots(tile_.code(), shape_, placed_.data(), slots_.data(), scratch);
    scratch_ = scratch;
  }
  run_tiles(tile_.code(), shape_, placed_.data(), slots_.data());
}

}  // namespace backprop::cpu
