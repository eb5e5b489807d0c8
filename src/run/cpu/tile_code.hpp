// What a tile program is compiled to, and the kernels of one instruction set that run it. Private to the tile sources.
// Thread safety: immutable data; kernels are pure functions of their arguments.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/primitives.hpp"
#include "run/cpu/tile.hpp"

namespace backprop::cpu {

// Where a register's elements are during a tile: element i at index (i & mask). mask is -1 for an array, 0 for a
// splat of copies (splat_bytes). A mask register holds all bits or none in each element.
struct TileSlot {
  std::byte* pointer = nullptr;
  std::int64_t mask = -1;
};

struct TileStep;
using TileKernel = void (*)(const TileSlot* slots, const TileStep& step, std::int64_t n);
struct TileStep {
  TileKernel kernel = nullptr;
  std::int32_t result = -1;
  std::int32_t arguments[5] = {-1, -1, -1, -1, -1};
};

inline constexpr std::int64_t tile_bytes = 4096;  // of one register of a tile
inline constexpr std::int64_t tile_bytes_apart =
    5248;                                         // so that walking through two of them does not alias modulo 4096
inline constexpr std::int64_t splat_bytes = 128;  // two vectors

struct TileKernels {
  std::int64_t vector_bytes;
  TileKernel operation[primitive_count];
  TileKernel copy;
  // A rows x columns part of an operand into a buffer, row after row, and back. The buffer has 64 bytes to spare.
  void (*pack)(const TileOperand& source, std::int64_t rows, std::int64_t columns, std::byte* buffer);
  void (*pack_boolean)(const TileOperand& source, std::int64_t rows, std::int64_t columns, std::byte* buffer);
  void (*unpack)(const TileSlot& buffer, std::int64_t rows, std::int64_t columns, const TileOperand& target);
  void (*unpack_boolean)(const TileSlot& buffer, std::int64_t rows, std::int64_t columns, const TileOperand& target);
  // Element indices[i] of a vector whose first `count` elements are an operand's, for all i < n. Whole vectors of indices
  // are read and whole vectors written.
  void (*look_up)(const void* source, std::int64_t count, const std::int32_t* indices, std::int64_t n,
                  std::byte* buffer);
  // splat_bytes of copies of one element.
  void (*splat)(const void* element, std::byte* buffer);
  void (*splat_boolean)(const void* element, std::byte* buffer);
};
// For float32 or float64 and the instruction set chosen.
const TileKernels& tile_kernels(DType dtype);

// Two instructions as one kernel: the first one's result is argument `place` of the second. Of commutative arguments
// the first is meant.
struct TilePair {
  Primitive first, second;
  int place;
  TileKernel kernel;
};
std::span<const TilePair> tile_pairs(DType dtype);

// A whole tile program as one loop, where there is one: operands are its arguments, then its outputs; a scalar argument
// needs one element only. Every vector is read before it is written, so outputs may lie on arguments.
using TileSequenceKernel = void (*)(const TileSlot* operands, std::int64_t n) noexcept;
inline constexpr std::size_t most_tile_operands = 40;
// Null where there is none. The text is that of tile_sequences.hpp.
TileSequenceKernel find_tile_sequence(DType dtype, std::string_view text);

struct alignas(splat_bytes) TileConstant {
  std::byte bytes[splat_bytes];
};

// How a tile's elements of an operand come to its slot, or from it.
enum class TileAccess : std::uint8_t {
  splat,        // one element for the whole space
  splat_rows,   // one element a tile, which is (part of) a row
  direct,       // read or written where it lies
  expand_once,  // the same row again and again
  pack          // copied
};
struct PlacedOperand {
  TileOperand operand;
  std::int64_t bytes = 0;  // of an element
  TileAccess access = TileAccess::pack;
};

// A two-dimensional space, and the tiles that it is cut into.
struct TileShape {
  std::int64_t rows = 0, columns = 0;
  std::int64_t tile_rows = 1, tile_columns = 0;
};

struct TileOutputCode {
  std::int32_t slot = -1;
  bool boolean = false;
  bool direct = false;               // the step that gives the register may write to the output itself,
  std::vector<std::int32_t> unless;  // but not in place of these inputs, which later steps read
};

// Slots: inputs, constants, uniform registers (a splat of copies each), registers of a tile.
struct TileCode {
  const TileKernels* kernels = nullptr;
  std::int64_t element_bytes = 4;
  std::vector<bool> boolean_inputs;
  std::vector<TileConstant> constants;
  std::vector<std::int64_t> uniform_offsets;   // in scratch
  std::vector<std::int64_t> register_offsets;  // in scratch
  std::vector<TileStep> prologue;              // once a call, on one splat
  std::vector<TileStep> steps;                 // once a tile, unless a sequence does all
  TileSequenceKernel sequence = nullptr;
  std::vector<std::int32_t> sequence_slots;  // of its operands
  std::vector<TileOutputCode> outputs;
  std::size_t slots = 0;
  // Offsets in scratch: slots, operands (twice), then for every input a splat and a buffer.
  std::int64_t operands_offset = 0, layout_operands_offset = 0, splats_offset = 0, buffers_offset = 0;
  std::size_t scratch_bytes = 0;
};

// run_tile with all worked out before the first run that neither moves nor changes: for spaces so small that it counts.
// Thread safety: one thread at a time.
class PreparedTile {
 public:
  PreparedTile(CompiledTile tile, const std::vector<TileOperand>& operands, std::int64_t rows, std::int64_t columns);
  // Of an operand; may be set between runs.
  void** pointer(std::size_t operand) { return &placed_[operand].operand.pointer; }
  void run(std::byte* scratch) noexcept;

 private:
  CompiledTile tile_;
  std::vector<PlacedOperand> placed_;
  std::vector<TileSlot> slots_;
  TileShape shape_;
  std::byte* scratch_ = nullptr;  // that slots_ point into
  bool places_anew_ = false;      // where an output is written depends on where an input lies
};

}  // namespace backprop::cpu
