// Whether all numbers of an array are finite. Thread safety: pure.
#pragma once
#include <cstdint>

#include "backprop/shape.hpp"

namespace backprop::cpu {

using FiniteKernel = bool (*)(const void* x, std::int64_t n);
// Of float32 or float64 arrays, for the machine at hand.
FiniteKernel finite_kernel(DType dtype);

using MagnitudeKernel = double (*)(const void* x, std::int64_t n);
// The largest absolute value of finite numbers, 0 of none.
MagnitudeKernel magnitude_kernel(DType dtype);

}  // namespace backprop::cpu
