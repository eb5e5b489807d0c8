#include <algorithm>
#include <cmath>
#include <string>

#include "backprop/error.hpp"
#include "backprop/measures.hpp"
#include "train/not_defined.hpp"
#include "train/pinball.hpp"

namespace backprop {
namespace {

// As float32, in which predictions are.
bool at_most(double target, double prediction) { return static_cast<float>(target) <= static_cast<float>(prediction); }

}  // namespace

std::size_t middle_quantile(std::span<const double> quantiles) {
  const auto nearer = [](double a, double b) { return std::abs(a - 0.5) < std::abs(b - 0.5); };
  return static_cast<std::size_t>(std::min_element(quantiles.begin(), quantiles.end(), nearer) - quantiles.begin());
}

QuantileMeasures measure_quantiles(std::span<const float> predictions, std::span<const double> targets,
                                   std::span<const double> quantiles) {
  const std::size_t rows = targets.size(), width = quantiles.size();
  if (width == 0 || predictions.size() != rows * width) {
    throw Error("[measure] " + std::to_string(predictions.size()) + " predictions of " + std::to_string(width) +
                " quantiles for " + std::to_string(rows) + " targets");
  }
  QuantileMeasures m{.rows = rows};
  const auto prediction = [&](std::size_t row, std::size_t k) {
    return static_cast<double>(predictions[row * width + k]);
  };
  const auto count = static_cast<double>(rows);
  for (std::size_t k = 0; k < width; ++k) {
    OneQuantileMeasures& one = m.of.emplace_back(OneQuantileMeasures{.quantile = quantiles[k]});
    for (std::size_t r = 0; r < rows; ++r) {
      one.below += at_most(targets[r], prediction(r, k)) / count;
      one.pinball += pinball(targets[r] - prediction(r, k), quantiles[k]) / count;
    }
    m.loss += one.pinball / static_cast<double>(width);
  }
  m.coverage = m.nominal_coverage = m.interval_width = not_defined;
  if (width > 1) {
    m.nominal_coverage = quantiles[width - 1] - quantiles[0];
    m.coverage = m.interval_width = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      const double low = prediction(r, 0), high = prediction(r, width - 1);
      m.coverage += (at_most(targets[r], high) && !(static_cast<float>(targets[r]) < static_cast<float>(low))) / count;
      m.interval_width += (high - low) / count;
    }
  }
  const std::size_t middle = middle_quantile(quantiles);
  std::vector<float> of_middle;
  for (std::size_t r = 0; r < rows; ++r) of_middle.push_back(predictions[r * width + middle]);
  m.middle = measure_values_fully(of_middle, targets, quantiles[middle]);
  return m;
}

}  // namespace backprop
