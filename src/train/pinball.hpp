// The loss whose mean a quantile makes least (Koenker and Bassett 1978). Thread safety: pure function.
#pragma once
#include <algorithm>

namespace backprop {

// `difference` is target - prediction.
inline double pinball(double difference, double quantile) {
  return std::max(quantile * difference, (quantile - 1) * difference);
}

}  // namespace backprop
