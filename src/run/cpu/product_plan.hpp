// What the product's planner and its kernels of every instruction set agree on. Thread safety: pure functions.
#pragma once
#include "run/cpu/product.hpp"

namespace backprop::cpu {

// One operand tile: `a` at row i and term k is a[i * a_row + k * a_term]; `b` at term k and column j b[k * b_term + j].
template <class T> struct TileArguments {
  const T* a = nullptr;
  std::int64_t a_row = 0, a_term = 0;
  const T* b = nullptr;
  std::int64_t b_term = 0;  // its columns lie next to each other
  T* c = nullptr;
  std::int64_t c_row = 0;
  std::int64_t terms = 0;
  std::int64_t columns = 0;  // how many are computed, where the tile is not full
  bool add = false;          // to what C holds: the sums of the chunks before
  // Added last, where not null: to element (i, j) bias[i * bias_row + j * bias_column]; one stride is 0, the other 1.
  const T* bias = nullptr;
  std::int64_t bias_row = 0, bias_column = 0;
};

template <class T> using TileFunction = void (*)(const TileArguments<T>&) noexcept;

// A product whose matrices fill no more than a vector each: ProductPlan::places say what goes where.
template <class T> struct VectorArguments {
  const T* a = nullptr;
  const T* b = nullptr;
  T* c = nullptr;
  const T* bias = nullptr;  // a row, where not null
  std::int64_t a_elements = 0, b_elements = 0, c_elements = 0, bias_elements = 0, terms = 0;
  const Places* places = nullptr;
};

template <class T> using VectorFunction = void (*)(const VectorArguments<T>&) noexcept;

// Terms [begin, end) of the sums of few rows: what has been summed of the chunk that `begin` lies in stands in
// `partial`, the chunks before in C. Columns of B, C, `partial` and the bias lie next to each other.
template <class T> struct ChainLink {
  const T* a = nullptr;
  std::int64_t a_row = 0, a_term = 0;
  const T* b = nullptr;
  std::int64_t b_term = 0;
  T* partial = nullptr;
  std::int64_t partial_row = 0;
  T* c = nullptr;
  std::int64_t c_row = 0;
  const T* bias = nullptr;  // added last, where not null
  std::int64_t rows = 0, columns = 0, begin = 0, end = 0, terms = 0;
  std::int64_t ahead = 0;  // from each element of B to one that is fetched meanwhile; 0: none is
};

template <class T> using ChainFunction = void (*)(const ChainLink<T>&);

// Those of a small product's tiles, without the pointers.
template <class T> TileArguments<T> small_arguments(const ProductPlan& plan) {
  const ProductShape& s = plan.inner;
  return {.a_row = s.a.row_stride,
          .a_term = s.a.column_stride,
          .b_term = s.b.row_stride,
          .c_row = s.c.row_stride,
          .terms = s.terms,
          .columns = s.columns,
          .bias_row = plan.transposed ? 1 : 0,
          .bias_column = plan.transposed ? 0 : 1};
}

// Those of a product in one vector, likewise.
template <class T> VectorArguments<T> vector_arguments(const ProductPlan& plan) {
  const ProductShape& s = plan.shape;
  return {.a_elements = s.rows * s.terms,
          .b_elements = s.terms * s.columns,
          .c_elements = s.rows * s.columns,
          .bias_elements = s.columns,
          .terms = s.terms,
          .places = plan.places.data()};
}

// The bias of the tile whose first element is C's (row, column), for the last chunk of terms.
template <class T>
void take_bias(TileArguments<T>& t, const ProductPlan& plan, const void* bias, std::int64_t row, std::int64_t column) {
  if (bias == nullptr) return;
  t.bias_row = plan.transposed, t.bias_column = !plan.transposed;
  t.bias = static_cast<const T*>(bias) + row * t.bias_row + column * t.bias_column;
}

// Of a product that ProductMachine::few computes.
inline constexpr int most_few_terms = 8;
inline constexpr int most_rows_of_dots = 8;

// What an instruction set offers for one element type.
struct ProductMachine {
  std::int64_t lanes;       // elements of a vector
  std::int64_t half_lanes;  // of the narrower one that a tile of few columns has, where that is quicker, or the same
  std::int64_t tile_rows;   // rows of the largest register tile, which is two vectors wide
  bool fused;
  ProductKernel as_it_lies;  // operands are read where they are
  ProductKernel packed;      // operands are packed as the plan says
  ProductKernel small;       // as as_it_lies, for what is one block
  ProductKernel thin;        // of few columns: by way of the transpose, in the scratch
  ProductKernel few;         // of most_few_terms terms at most
  ProductKernel in_lanes;    // of sums in lanes
  ProductKernel lane_rows;   // the same, B read as it lies, of lane_columns columns at most
  std::int64_t lane_columns;
  ProductKernel streamed;     // of few rows, what has been summed of a chunk in the scratch
  ProductKernel dots;         // of most_rows_of_dots rows at most, the terms of B's columns next to each other
  ProductKernel in_a_vector;  // of matrices that fill no more than one each
  void (*vector_function)();  // that VectorFunction; null where vectors are too short
  bool (*prepare_small)(ProductPlan& plan);
};
template <class T> ProductMachine product_machine();  // of the machine at hand
template <class T> ChainFunction<T> chain_function();

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

// Elements from one row to the next where B is written in rows: whole vectors.
constexpr std::int64_t rows_stride(std::int64_t columns, std::int64_t lanes) {
  return (columns + lanes - 1) / lanes * lanes;
}

// Elements from one packed panel to the next: one line more than it holds, since panels a power of two apart would lie
// in the same few sets of every cache.
constexpr std::int64_t packed_stride(std::int64_t width, std::int64_t terms) { return width * terms + 16; }

}  // namespace backprop::cpu
