// The reductions of one instruction set. Thread safety: immutable.
#pragma once
#include <cstdint>

#include "run/cpu/reduce_contract.hpp"

namespace backprop::cpu {

template <class T> struct ReduceKernels {
  void (*rows)(const T* x, std::int64_t rows, std::int64_t n, std::int64_t row_stride, T* result);
  void (*row_chunks)(const T* x, std::int64_t n, std::int64_t begin, std::int64_t end, T* partial);
  // Slabs [begin, end), each to result + slab * result_stride; stride 0: combined at result.
  void (*column_slabs)(const T* x, std::int64_t n, std::int64_t columns, std::int64_t row_stride, std::int64_t begin,
                       std::int64_t end, T* result, std::int64_t result_stride);
};

// Of the machine at hand, mean as sum; found once a plan.
template <class T> const ReduceKernels<T>& reduce_kernels(Reduction kind);

// The mean's division of `count` sums of n terms.
template <class T> void divide_sums(Reduction kind, std::int64_t n, std::int64_t count, T* result) {
  if (kind != Reduction::mean) return;
  for (std::int64_t i = 0; i < count; ++i) result[i] /= static_cast<T>(n);
}

}  // namespace backprop::cpu
