// The reductions of one instruction set. Private to reduce.cpp. Thread safety: immutable.
#pragma once
#include <cstdint>

namespace backprop::cpu {

template <class T> struct ReduceKernels {
  void (*rows)(const T* x, std::int64_t rows, std::int64_t n, std::int64_t row_stride, T* result);
  void (*row_chunks)(const T* x, std::int64_t n, std::int64_t begin, std::int64_t end, T* partial);
  // Slabs [begin, end), each to result + slab * result_stride; stride 0: combined at result.
  void (*column_slabs)(const T* x, std::int64_t n, std::int64_t columns, std::int64_t row_stride, std::int64_t begin,
                       std::int64_t end, T* result, std::int64_t result_stride);
};

}  // namespace backprop::cpu
