// The numeric contract of matrix products, as the plain loop that defines it: the oracle of the fast kernels, and the
// interpreter's product. Thread safety: pure functions.
//
// Every element of C = A B is sums over the terms k in chunks of 1,024. A chunk is one ascending chain of fused
// multiply-adds that starts at 0; the chunk sums are added in ascending order:
//
//   chunk = fma(a[k], b[k], ... fma(a[1], b[1], fma(a[0], b[0], 0)));   c = (chunk0 + chunk1) + chunk2 ...
//
// Where sums_in_lanes() says so there are 16 chains side by side and no chunks: that of lane l has the terms l, l + 16,
// and so on. They are added by the tree of reduce_contract.hpp: l and l + 8, then + 4, + 2, + 1.
//
// No terms at all give 0. Nothing else enters: no blocking, thread or instruction set changes a bit. Instruction sets
// without a fused multiply-add round the product first and form a class of their own.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

namespace backprop::cpu {

inline constexpr std::int64_t product_chunk = 1024;
inline constexpr std::int64_t product_lanes = 16;

// As one chain each, long sums of few columns leave most of a vector idle (364 x 1 x 1,269: 62 us, in lanes 23), and
// columns whose terms lie next to each other must be turned (2 x 10 x 1,930: 4.3 us, in lanes 1.1; of more than 16 rows
// that pays only where columns are few and the sums long). Of A B the number of rows does not enter, so that the
// prediction of a row does not depend on how many are made at once; of A Bᵀ, which gradients have, it does.
constexpr bool sums_in_lanes(std::int64_t rows, std::int64_t columns, std::int64_t terms, bool transpose_a,
                             bool transpose_b) {
  if (terms < 32 || (transpose_a && rows > 1)) return false;
  return columns <= 8 || (transpose_b && (rows <= 16 || (columns <= 32 && terms >= 512)));
}

// How a matrix lies in memory: element (i, j) stands at data[i * row_stride + j * column_stride].
struct MatrixLayout {
  std::int64_t row_stride = 0;
  std::int64_t column_stride = 1;
};

// The sum over `terms` terms of a[k * a_stride] * b[k * b_stride]. `fused` as product_is_fused() says.
template <class T>
T dot_contract(std::int64_t terms, const T* a, std::int64_t a_stride, const T* b, std::int64_t b_stride, bool fused) {
  T sum = 0;
  for (std::int64_t start = 0; start < terms; start += product_chunk) {
    T chunk = 0;
    for (std::int64_t k = start; k < std::min(terms, start + product_chunk); ++k) {
      const T x = a[k * a_stride], y = b[k * b_stride];
      chunk = fused ? std::fma(x, y, chunk) : x * y + chunk;
    }
    sum = start == 0 ? chunk : sum + chunk;
  }
  return sum;
}

// The same in lanes.
template <class T>
T dot_in_lanes_contract(std::int64_t terms, const T* a, std::int64_t a_stride, const T* b, std::int64_t b_stride,
                        bool fused) {
  T sums[product_lanes] = {};
  for (std::int64_t k = 0; k < terms; ++k) {
    const T x = a[k * a_stride], y = b[k * b_stride];
    T& sum = sums[k % product_lanes];
    sum = fused ? std::fma(x, y, sum) : x * y + sum;
  }
  for (std::int64_t half = product_lanes / 2; half > 0; half /= 2) {
    for (std::int64_t l = 0; l < half; ++l) sums[l] += sums[l + half];
  }
  return sums[0];
}

// C[rows, columns] = A[rows, terms] B[terms, columns].
template <class T>
void product_contract(std::int64_t rows, std::int64_t columns, std::int64_t terms, const T* a, MatrixLayout a_layout,
                      const T* b, MatrixLayout b_layout, T* c, MatrixLayout c_layout, bool in_lanes, bool fused) {
  const auto dot = in_lanes ? dot_in_lanes_contract<T> : dot_contract<T>;
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      c[i * c_layout.row_stride + j * c_layout.column_stride] =
          dot(terms, a + i * a_layout.row_stride, a_layout.column_stride, b + j * b_layout.column_stride,
              b_layout.row_stride, fused);
    }
  }
}

}  // namespace backprop::cpu
