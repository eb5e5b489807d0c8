// What the product's planner and its kernels of every instruction set agree on. Thread safety: pure functions.
#pragma once
#include "run/cpu/product.hpp"

namespace backprop::cpu {

// What an instruction set offers for one element type.
struct ProductMachine {
  std::int64_t lanes;      // elements of a vector
  std::int64_t tile_rows;  // rows of the largest register tile, which is two vectors wide
  bool fused;
  ProductKernel as_it_lies;  // operands are read where they are
  ProductKernel packed;      // operands are packed as the plan says
  ProductKernel small;       // as as_it_lies, for what is one block
  ProductKernel thin;        // of few columns: by way of the transpose, in the scratch
  bool (*prepare_small)(ProductPlan& plan);
};
template <class T> ProductMachine product_machine();  // of the machine at hand

// The inner rows and columns of a part.
struct ProductRange {
  std::int64_t row, rows, column, columns;
};
ProductRange inner_range(const ProductPlan& plan, int part);

// Tiles that `rows` rows are cut into: blocks of product_block_rows, each in tiles of nearly the same height.
constexpr std::int64_t tile_count(std::int64_t rows, std::int64_t tile_rows) {
  const std::int64_t blocks = rows / product_block_rows, rest = rows % product_block_rows;
  return blocks * ((product_block_rows + tile_rows - 1) / tile_rows) + (rest + tile_rows - 1) / tile_rows;
}

// Elements of a packed tile's column of A: its rows, rounded up to whole vectors.
constexpr std::int64_t packed_a_width(std::int64_t lanes, std::int64_t tile_rows) {
  return (tile_rows + lanes - 1) / lanes * lanes;
}

// Elements from one packed panel to the next: one line more than it holds, since panels a power of two apart would lie
// in the same few sets of every cache.
constexpr std::int64_t packed_stride(std::int64_t width, std::int64_t terms) { return width * terms + 16; }

}  // namespace backprop::cpu
