// How well predictions fit: the measures that training and evaluation report. Thread safety: pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace backprop {

// For classes, `loss` is the mean cross-entropy in nats and the accuracy is set; for numbers, `loss` is the mean
// squared error and rmse, mae and r2 are set. All in the target's own units; what does not apply is NaN.
struct Measures {
  std::size_t rows = 0;
  double loss = 0;
  double accuracy = 0;
  double rmse = 0;  // root of the mean squared error
  double mae = 0;   // mean absolute error
  double r2 = 0;    // 1 - squared error / squared deviation from the mean; NaN when all targets are the same
};

// `probabilities` is [rows, classes], row-major. A probability of 0 counts as the smallest float32. Throws Error for
// sizes or labels that do not fit.
Measures measure_classes(std::span<const float> probabilities, std::span<const std::int64_t> labels,
                         std::size_t classes);
// Throws Error when the sizes differ.
Measures measure_values(std::span<const float> predictions, std::span<const double> targets);

}  // namespace backprop
