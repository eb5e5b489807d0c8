// Runs compiled tiles: cuts a space into tiles that stay in L1, says where each operand's elements are, runs the steps.
#include "run/cpu/tile.hpp"

#include <algorithm>

#include "run/cpu/tile_code.hpp"

namespace backprop::cpu {
namespace {

// How a tile's elements of an input come to its slot.
enum class Access : std::uint8_t {
  splat,        // one element for the whole space
  splat_rows,   // one element a tile, which is (part of) a row
  direct,       // read where it lies
  expand_once,  // the same row again and again
  pack          // copied
};

struct Shape2 {
  std::int64_t rows, columns;            // of the space
  std::int64_t tile_rows, tile_columns;  // of a tile
};

// Copies the operands, a space of one column seen as one row, and one that all operands walk through as one flattened.
Shape2 flatten(const TileOperand* operands, std::int64_t count, std::int64_t rows, std::int64_t columns,
               TileOperand* local) {
  if (columns == 1) {
    for (std::int64_t i = 0; i < count; ++i) local[i] = {operands[i].pointer, 0, operands[i].row_stride};
    return {1, rows, 0, 0};
  }
  bool flat = true;
  for (std::int64_t i = 0; i < count; ++i) {
    const TileOperand& o = local[i] = operands[i];
    flat &= o.column_stride == 1 ? o.row_stride == columns : (o.column_stride | o.row_stride) == 0;
  }
  if (rows == 1 || flat) return {1, rows * columns, 0, 0};
  return {rows, columns, 0, 0};
}

// Tiles of whole rows where a row is short, else parts of rows, about equal.
void choose_tile(Shape2& shape, std::int64_t capacity) {
  if (shape.rows == 1 || shape.columns >= capacity / 4) {
    const std::int64_t parts = (shape.columns + capacity - 1) / capacity;
    shape.tile_rows = 1;
    shape.tile_columns = parts == 1 ? shape.columns : ((shape.columns + parts - 1) / parts + 63) / 64 * 64;
  } else {
    shape.tile_rows = std::min(shape.rows, capacity / shape.columns);
    shape.tile_columns = shape.columns;
  }
}

bool in_one_run(const TileOperand& o, const Shape2& shape) {
  return (o.column_stride == 1 || shape.columns == 1) && (shape.tile_rows == 1 || o.row_stride == shape.tile_columns);
}

Access access_of(const TileOperand& o, bool boolean, const Shape2& shape) {
  if (o.column_stride == 0) {
    if (o.row_stride == 0 || shape.rows == 1) return Access::splat;
    if (shape.tile_rows == 1) return Access::splat_rows;
  } else if (!boolean && in_one_run(o, shape)) {
    return Access::direct;
  }
  return o.row_stride == 0 && shape.tile_rows > 1 ? Access::expand_once : Access::pack;
}

TileOperand part_of(const TileOperand& o, std::int64_t row, std::int64_t column, std::int64_t bytes) {
  std::byte* pointer = static_cast<std::byte*>(o.pointer) + (row * o.row_stride + column * o.column_stride) * bytes;
  return {pointer, o.row_stride, o.column_stride};
}

}  // namespace

void run_tile(const CompiledTile& tile, const TileOperand* operands, std::int64_t rows, std::int64_t columns,
              void* scratch) noexcept {
  if (rows <= 0 || columns <= 0) return;
  const TileCode& code = tile.code();
  const TileKernels& kernels = *code.kernels;
  std::byte* const memory = static_cast<std::byte*>(scratch);
  auto* const slots = reinterpret_cast<TileSlot*>(memory);
  auto* const local = reinterpret_cast<TileOperand*>(memory + code.operands_offset);
  const auto inputs = static_cast<std::int64_t>(code.boolean_inputs.size());
  const auto outputs = static_cast<std::int64_t>(code.outputs.size());
  Shape2 shape = flatten(operands, inputs + outputs, rows, columns, local);
  choose_tile(shape, tile_bytes / code.element_bytes);

  // What stays for all tiles.
  TileSlot* slot = slots + inputs;
  for (const TileConstant& c : code.constants) *slot++ = {const_cast<std::byte*>(c.bytes), 0};
  for (const std::int64_t offset : code.uniform_offsets) *slot++ = {memory + offset, 0};
  for (const std::int64_t offset : code.register_offsets) *slot++ = {memory + offset, -1};
  for (std::int64_t i = 0; i < inputs; ++i) {
    const bool boolean = code.boolean_inputs[static_cast<std::size_t>(i)];
    const Access access = access_of(local[i], boolean, shape);
    if (access == Access::splat || access == Access::splat_rows) {
      slots[i] = {memory + code.splats_offset + i * splat_bytes, 0};
      if (access == Access::splat)
        (boolean ? kernels.splat_boolean : kernels.splat)(local[i].pointer, slots[i].pointer);
    } else {
      slots[i] = {memory + code.buffers_offset + i * tile_bytes_apart, -1};
      if (access == Access::expand_once) {
        (boolean ? kernels.pack_boolean : kernels.pack)(local[i], shape.tile_rows, shape.columns, slots[i].pointer);
      }
    }
  }
  for (const TileStep& step : code.prologue) step.kernel(slots, step, splat_bytes / code.element_bytes);

  for (std::int64_t row = 0; row < shape.rows; row += shape.tile_rows) {
    const std::int64_t r = std::min(shape.tile_rows, shape.rows - row);
    for (std::int64_t column = 0; column < shape.columns; column += shape.tile_columns) {
      const std::int64_t c = std::min(shape.tile_columns, shape.columns - column);
      for (std::int64_t i = 0; i < inputs; ++i) {
        const bool boolean = code.boolean_inputs[static_cast<std::size_t>(i)];
        const TileOperand part = part_of(local[i], row, column, boolean ? 1 : code.element_bytes);
        switch (access_of(local[i], boolean, shape)) {
          case Access::direct: slots[i].pointer = static_cast<std::byte*>(part.pointer); break;
          case Access::pack: (boolean ? kernels.pack_boolean : kernels.pack)(part, r, c, slots[i].pointer); break;
          case Access::splat_rows:
            (boolean ? kernels.splat_boolean : kernels.splat)(part.pointer, slots[i].pointer);
            break;
          case Access::splat:
          case Access::expand_once: break;
        }
      }
      const auto is_direct = [&](const TileOutputCode& output, const TileOperand& o) {
        if (!output.direct || !in_one_run(o, shape)) return false;
        return std::none_of(output.unless.begin(), output.unless.end(),
                            [&](std::int32_t i) { return local[i].pointer == o.pointer; });
      };
      for (std::int64_t k = 0; k < outputs; ++k) {
        const TileOutputCode& output = code.outputs[static_cast<std::size_t>(k)];
        const TileOperand& o = local[inputs + k];
        if (is_direct(output, o)) {
          slots[output.slot].pointer = static_cast<std::byte*>(part_of(o, row, column, code.element_bytes).pointer);
        }
      }
      for (const TileStep& step : code.steps) step.kernel(slots, step, r * c);
      for (std::int64_t k = 0; k < outputs; ++k) {
        const TileOutputCode& output = code.outputs[static_cast<std::size_t>(k)];
        const TileOperand& o = local[inputs + k];
        if (is_direct(output, o)) continue;
        const TileOperand part = part_of(o, row, column, output.boolean ? 1 : code.element_bytes);
        (output.boolean ? kernels.unpack_boolean : kernels.unpack)(slots[output.slot], r, c, part);
      }
    }
  }
}

}  // namespace backprop::cpu
