// What a measure is where the rows at hand do not define it. Thread safety: a constant.
#pragma once
#include <limits>

namespace backprop {

inline constexpr double not_defined = std::numeric_limits<double>::quiet_NaN();

}  // namespace backprop
