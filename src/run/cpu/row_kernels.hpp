// The row kernels of one instruction set. Thread safety: immutable.
#pragma once
#include <cstdint>

#include "run/cpu/row.hpp"

namespace backprop::cpu {

template <class T> struct RowKernels {
  void (*softmax)(const T* x, std::int64_t rows, std::int64_t columns, T* y);
  void (*log_softmax)(const T* x, std::int64_t rows, std::int64_t columns, T* y);
  void (*logsumexp)(const T* x, std::int64_t rows, std::int64_t columns, T* result);
  void (*cross_entropy)(const T* x, RowTargets<T> targets, std::int64_t rows, std::int64_t columns, T* loss,
                        T* probabilities);
  void (*cross_entropy_gradient)(const T* x, RowTargets<T> targets, const T* cotangent, std::int64_t cotangent_stride,
                                 std::int64_t rows, std::int64_t columns, T* gradient, T* loss);
};

// Of the machine at hand; found once a plan.
template <class T> const RowKernels<T>& row_kernels();

}  // namespace backprop::cpu
