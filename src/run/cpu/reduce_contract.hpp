// The order in which a reduction adds, fixed by the shape alone, as plain loops: part of the numeric contract. The fast
// kernels of reduce.hpp give the same bits. Thread safety: pure functions.
//
//   Rows, x[n]: chunks of 4,096 terms. In a chunk 16 virtual lanes, each starting at the identity (0, 1, -inf, inf);
//     lane l takes terms l, l + 16, ... ascending; lanes are combined by a tree: l with l + 8, then + 4, + 2, + 1.
//     Chunks are combined ascending, the first one as it is.
//   Columns, x[n, columns]: slabs of 1,024 rows. In a slab one ascending chain a column, starting at the identity.
//   Slabs
//     are combined ascending, the first one as it is.
//   mean is the sum divided by n. max and min propagate NaN; combine(a, b) has the earlier term or partial result left.
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>

#include "backprop/math.hpp"

namespace backprop::cpu {

enum class Reduction : std::uint8_t { sum, mean, prod, max, min };

inline constexpr std::int64_t reduction_chunk = 4096;
inline constexpr std::int64_t reduction_lanes = 16;
inline constexpr std::int64_t reduction_slab = 1024;

template <class T> constexpr T reduction_identity(Reduction kind) {
  using Limits = std::numeric_limits<T>;
  switch (kind) {
    case Reduction::prod: return T(1);
    case Reduction::max: return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
    case Reduction::min: return Limits::has_infinity ? Limits::infinity() : Limits::max();
    default: return T(0);
  }
}

template <class T> T combine(Reduction kind, T a, T b) {
  switch (kind) {
    case Reduction::prod: return a * b;
    case Reduction::max: return math::maximum(a, b);
    case Reduction::min: return math::minimum(a, b);
    default: return a + b;
  }
}

// One chunk of at most 4,096 terms, given as term(i).
template <class T, class Term> T reduce_chunk_by_contract(Reduction kind, std::int64_t n, Term&& term) {
  T lanes[reduction_lanes];
  std::fill_n(lanes, reduction_lanes, reduction_identity<T>(kind));
  for (std::int64_t i = 0; i < n; ++i) {
    T& lane = lanes[i % reduction_lanes];
    lane = combine(kind, lane, static_cast<T>(term(i)));
  }
  for (std::int64_t half = reduction_lanes / 2; half > 0; half /= 2) {
    for (std::int64_t l = 0; l < half; ++l) lanes[l] = combine(kind, lanes[l], lanes[l + half]);
  }
  return lanes[0];
}

// A row of n terms, given as term(i).
template <class T, class Term> T reduce_row_by_contract(Reduction kind, std::int64_t n, Term&& term) {
  T result = reduction_identity<T>(kind);
  for (std::int64_t first = 0; first < n; first += reduction_chunk) {
    const T chunk = reduce_chunk_by_contract<T>(kind, std::min(reduction_chunk, n - first),
                                                [&](std::int64_t i) { return term(first + i); });
    result = first == 0 ? chunk : combine(kind, result, chunk);
  }
  return kind == Reduction::mean ? result / static_cast<T>(n) : result;
}

// A column of n terms, given as term(i).
template <class T, class Term> T reduce_column_by_contract(Reduction kind, std::int64_t n, Term&& term) {
  T result = reduction_identity<T>(kind);
  for (std::int64_t first = 0; first < n; first += reduction_slab) {
    T slab = reduction_identity<T>(kind);
    for (std::int64_t i = first; i < std::min(n, first + reduction_slab); ++i) {
      slab = combine(kind, slab, static_cast<T>(term(i)));
    }
    result = first == 0 ? slab : combine(kind, result, slab);
  }
  return kind == Reduction::mean ? result / static_cast<T>(n) : result;
}

// x[outer, n, inner] -> result[outer, inner]: rows when inner is 1, else columns.
template <class T>
void reduce_by_contract(Reduction kind, const T* x, std::int64_t outer, std::int64_t n, std::int64_t inner, T* result) {
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t c = 0; c < inner; ++c) {
      const T* first = x + o * n * inner + c;
      const auto term = [&](std::int64_t i) { return first[i * inner]; };
      result[o * inner + c] =
          inner == 1 ? reduce_row_by_contract<T>(kind, n, term) : reduce_column_by_contract<T>(kind, n, term);
    }
  }
}

}  // namespace backprop::cpu
