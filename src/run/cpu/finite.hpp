// Whether all numbers of an array are finite. Thread safety: pure.
#pragma once
#include <cstdint>

namespace backprop::cpu {

bool all_finite(const float* x, std::int64_t n);
bool all_finite(const double* x, std::int64_t n);

}  // namespace backprop::cpu
