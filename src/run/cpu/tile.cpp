// Runs compiled tiles: cuts a space into tiles that stay in L1, says where each operand's elements are, runs the steps.
#include "run/cpu/tile.hpp"

#include <algorithm>

#include "run/cpu/tile_code.hpp"

namespace backprop::cpu {
namespace {

struct Shape2 {
  std::int64_t rows, columns;            // of the space
  std::int64_t tile_rows, tile_columns;  // of a tile
};

// Places the operands. A space of one column is seen as one row, one that all operands walk through as one is
// flattened.
Shape2 flatten(const TileOperand* operands, std::int64_t count, std::int64_t rows, std::int64_t columns,
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
void choose_tile(Shape2& shape, bool crosswise, std::int64_t capacity) {
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
bool in_one_run(const TileOperand& o, const Shape2& shape) {
  if (o.column_stride != 1 && shape.columns != 1) return false;
  return shape.tile_rows == 1 || (o.row_stride == shape.columns && shape.tile_columns == shape.columns);
}

TileAccess access_of(const TileOperand& o, bool boolean, const Shape2& shape) {
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

// Prepares the slots: what stays for all tiles is made here.
void open_slots(const TileCode& code, const Shape2& shape, PlacedOperand* placed, TileSlot* slots, std::byte* memory) {
  const TileKernels& kernels = *code.kernels;
  const std::size_t inputs = code.boolean_inputs.size();
  for (std::size_t i = 0; i < inputs; ++i) {
    const bool boolean = code.boolean_inputs[i];
    PlacedOperand& input = placed[i];
    input.bytes = boolean ? 1 : code.element_bytes;
    input.access = access_of(input.operand, boolean, shape);
    const auto index = static_cast<std::int64_t>(i);
    if (input.access == TileAccess::splat || input.access == TileAccess::splat_rows) {
      slots[i] = {memory + code.splats_offset + index * splat_bytes, 0};
      if (input.access == TileAccess::splat_rows) continue;
      (boolean ? kernels.splat_boolean : kernels.splat)(input.operand.pointer, slots[i].pointer);
    } else {
      slots[i] = {memory + code.buffers_offset + index * tile_bytes_apart, -1};
      if (input.access != TileAccess::expand_once) continue;
      (boolean ? kernels.pack_boolean : kernels.pack)(input.operand, shape.tile_rows, shape.columns, slots[i].pointer);
    }
  }
  TileSlot* slot = slots + inputs;
  for (const TileConstant& c : code.constants) *slot++ = {const_cast<std::byte*>(c.bytes), 0};
  for (const std::int64_t offset : code.uniform_offsets) *slot++ = {memory + offset, 0};
  for (const std::int64_t offset : code.register_offsets) *slot++ = {memory + offset, -1};
  for (std::size_t k = 0; k < code.outputs.size(); ++k) {
    const TileOutputCode& code_k = code.outputs[k];
    PlacedOperand& output = placed[inputs + k];
    output.bytes = code_k.boolean ? 1 : code.element_bytes;
    bool direct = code_k.direct && in_one_run(output.operand, shape);
    for (const std::int32_t i : code_k.unless) direct &= placed[i].operand.pointer != output.operand.pointer;
    output.access = direct ? TileAccess::direct : TileAccess::pack;
  }
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
    if (output.access != TileAccess::direct) continue;
    slots[code.outputs[k].slot].pointer = static_cast<std::byte*>(part_of(output, row, column).pointer);
  }
  run_steps(code, slots, rows * columns);
  for (std::size_t k = 0; k < outputs; ++k) {
    const PlacedOperand& output = placed[inputs + k];
    if (output.access == TileAccess::direct) continue;
    (output.bytes == 1 ? kernels.unpack_boolean : kernels.unpack)(slots[code.outputs[k].slot], rows, columns,
                                                                  part_of(output, row, column));
  }
}

}  // namespace

void run_tile(const CompiledTile& tile, const TileOperand* operands, std::int64_t rows, std::int64_t columns,
              void* scratch) noexcept {
  if (rows <= 0 || columns <= 0) return;
  const TileCode& code = tile.code();
  std::byte* const memory = static_cast<std::byte*>(scratch);
  auto* const slots = reinterpret_cast<TileSlot*>(memory);
  auto* const placed = reinterpret_cast<PlacedOperand*>(memory + code.operands_offset);
  const auto count = static_cast<std::int64_t>(code.boolean_inputs.size() + code.outputs.size());
  Shape2 shape = flatten(operands, count, rows, columns, placed);
  choose_tile(shape, lies_crosswise(placed, count), tile_bytes / code.element_bytes);
  open_slots(code, shape, placed, slots, memory);
  for (const TileStep& step : code.prologue) step.kernel(slots, step, splat_bytes / code.element_bytes);
  for (std::int64_t row = 0; row < shape.rows; row += shape.tile_rows) {
    const std::int64_t r = std::min(shape.tile_rows, shape.rows - row);
    for (std::int64_t column = 0; column < shape.columns; column += shape.tile_columns) {
      run_one_tile(code, placed, slots, row, column, r, std::min(shape.tile_columns, shape.columns - column));
    }
  }
}

}  // namespace backprop::cpu
