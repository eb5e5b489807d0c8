// Fast reductions with the bits of reduce_contract.hpp, of one instruction set. T is float or double. Nothing allocates
// or throws. Thread safety: immutable, pure functions; threads may share the work by rows or columns.
#pragma once
#include <cstdint>

#include "run/cpu/reduce_contract.hpp"

namespace backprop::cpu {

template <class T> struct ReduceKernels {
  // Each of `rows` rows of n contiguous terms; row r starts at x + r * row_stride.
  void (*rows)(const T* x, std::int64_t rows, std::int64_t n, std::int64_t row_stride, T* result) noexcept;
  // Each of `columns` neighbouring columns of n rows; row r starts at x + r * row_stride.
  void (*columns)(const T* x, std::int64_t n, std::int64_t columns, std::int64_t row_stride, T* result) noexcept;
};

// Of the machine at hand; found once a plan.
template <class T> const ReduceKernels<T>& reduce_kernels(Reduction kind);

}  // namespace backprop::cpu
