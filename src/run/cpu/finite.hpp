// Whether all numbers of an array are finite. Thread safety: pure.
#pragma once
#include <cstdint>

#include "backprop/shape.hpp"

namespace backprop::cpu {

using FiniteKernel = bool (*)(const void* x, std::int64_t n);
// Of float32 or float64 arrays, for the machine at hand.
FiniteKernel finite_kernel(DType dtype);

}  // namespace backprop::cpu
