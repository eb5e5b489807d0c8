// Tile programs on the CPU: compiled once a plan, run through one function pointer of the machine's instruction set.
// Thread safety: a CompiledTile and a TileLayout may be used by many threads at once, each with its own scratch.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "plan/tile_program.hpp"

namespace backprop::cpu {

struct TileCode;  // private to tile.cpp

class CompiledTile {
 public:
  // Bytes of scratch, 64-byte aligned, that a call of run_tile needs.
  std::size_t scratch_bytes() const;
  int inputs() const;
  int outputs() const;
  const TileCode& code() const { return *code_; }

 private:
  friend CompiledTile compile_tile(const TileProgram& program);
  std::shared_ptr<const TileCode> code_;
};

// Throws Error when the program is not well formed.
CompiledTile compile_tile(const TileProgram& program);

// Element (row, column) lies at pointer + row * row_stride + column * column_stride, in elements (4, 8 or, boolean, 1
// byte). Stride 0 broadcasts; scalar inputs have two strides 0. Outputs do not broadcast.
struct TileOperand {
  void* pointer = nullptr;
  std::int64_t row_stride = 0;
  std::int64_t column_stride = 0;
};

// Runs the program on rows x columns; operands are all inputs, then all outputs. An output may be an input's array
// (same pointer and strides); otherwise outputs overlap nothing. Part of a space: offset pointers. Extents may be 0.
// Neither allocates nor throws. The result of an element depends on its operands alone.
void run_tile(const CompiledTile& tile, const TileOperand* operands, std::int64_t rows, std::int64_t columns,
              void* scratch) noexcept;

// A space of any rank: extents, and each operand's strides (in elements; 0 broadcasts).
struct TileLayout {
  Extents extents;               // at least one
  std::vector<Extents> strides;  // [operand][dimension]
  // Into how many units the work may be split: elements of a one-dimensional space, else rows (all but the last
  // dimension).
  std::int64_t units() const;
  std::int64_t elements() const { return count(extents); }
};

// The same space with dimensions ordered by the last operand's strides (an output), those of extent 1 dropped and
// neighbours merged that every operand walks through as one. What is contiguous in all operands becomes one dimension.
TileLayout merge_dimensions(const Extents& extents, const std::vector<Extents>& strides);
// Row-major strides of `shape` broadcast to `extents` by NumPy's rule (0 where it repeats). Throws Error if it does
// not.
Extents broadcast_strides(const Extents& shape, const Extents& extents);

// Runs units [begin, end) of the layout. As run_tile otherwise; pointers[i] is operand i's first element.
void run_tile(const CompiledTile& tile, const TileLayout& layout, void* const* pointers, std::int64_t begin,
              std::int64_t end, void* scratch) noexcept;

}  // namespace backprop::cpu
