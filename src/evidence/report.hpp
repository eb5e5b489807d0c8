// What checks of derivatives have found: the worst error of each method, and each failure in words.
// Thread safety: value types.
#pragma once
#include <cmath>

#include "backprop/check_gradients.hpp"

namespace backprop::evidence {

// |a - b| / max(1, |a|, |b|); infinite where only one is NaN, 0 where both are or both are the same infinity.
inline double scaled_error(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b) ? 0 : INFINITY;
  if (a == b) return 0;
  return std::fabs(a - b) / std::fmax(1, std::fmax(std::fabs(a), std::fabs(b)));
}

// The report's row of a method, made with its tolerance when it is new.
MethodResult& method(GradientReport& report, std::string_view name, double tolerance);
// Adds what `other` found.
void merge(GradientReport& report, const GradientReport& other);
// "1.3e-12"
std::string short_number(double x);
// All digits.
std::string long_number(double x);

}  // namespace backprop::evidence
