// Fast reductions with the bits of reduce_contract.hpp. T is float or double. Nothing allocates or throws.
// Thread safety: pure functions of their arguments; threads may share the work by rows, columns, chunks or slabs.
#pragma once
#include <cstdint>

#include "run/cpu/reduce_contract.hpp"

namespace backprop::cpu {

// x[outer, n, inner] -> result[outer, inner], all contiguous. Split it over `outer`, or by the functions below.
template <class T>
void reduce(Reduction kind, const T* x, std::int64_t outer, std::int64_t n, std::int64_t inner, T* result) noexcept;

// Each of `rows` rows of n contiguous terms; row r starts at x + r * row_stride.
template <class T>
void reduce_rows(Reduction kind, const T* x, std::int64_t rows, std::int64_t n, std::int64_t row_stride,
                 T* result) noexcept;
// Each of `columns` neighbouring columns of n rows; row r starts at x + r * row_stride.
template <class T>
void reduce_columns(Reduction kind, const T* x, std::int64_t n, std::int64_t columns, std::int64_t row_stride,
                    T* result) noexcept;

// One long row in parts: chunks [begin, end) of the chunks_of(n) of a row, partial[chunk] each; then, by one thread,
// all of them combined (the mean's division included).
template <class T>
void reduce_row_chunks(Reduction kind, const T* x, std::int64_t n, std::int64_t begin, std::int64_t end,
                       T* partial) noexcept;
template <class T> T combine_row_chunks(Reduction kind, const T* partial, std::int64_t n) noexcept;

// The same of columns: slabs [begin, end) of the slabs_of(n), partial[slab, column]; then columns combined.
template <class T>
void reduce_column_slabs(Reduction kind, const T* x, std::int64_t n, std::int64_t columns, std::int64_t row_stride,
                         std::int64_t begin, std::int64_t end, T* partial) noexcept;
template <class T>
void combine_column_slabs(Reduction kind, const T* partial, std::int64_t n, std::int64_t columns, T* result) noexcept;

}  // namespace backprop::cpu
