// Whether all numbers of arrays are finite. Thread safety: pure.
#pragma once
#include <cstdint>
#include <span>

#include "backprop/tensor.hpp"

namespace backprop::cpu {

struct FiniteArray {
  void* data = nullptr;
  std::int64_t elements = 0;
};
// Looks at the part'th of `parts` shares of each array. (Quickest where those of few elements stand first.)
using FiniteKernel = bool (*)(std::span<const FiniteArray> arrays, int part, int parts);
// Of float32 or float64 arrays, for the machine at hand.
FiniteKernel finite_kernel(DType dtype);
inline bool is_finite(const Tensor& tensor) {
  const FiniteArray all{const_cast<void*>(tensor.data()), tensor.size()};
  return finite_kernel(tensor.dtype())({&all, 1}, 0, 1);
}

using MagnitudeKernel = double (*)(const void* x, std::int64_t n);
// The largest absolute value of finite numbers, 0 of none.
MagnitudeKernel magnitude_kernel(DType dtype);

}  // namespace backprop::cpu
