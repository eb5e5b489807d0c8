#include <algorithm>
#include <cmath>
#include <limits>

#include "backprop/measures.hpp"
#include "train/not_defined.hpp"
#include "train/pinball.hpp"

namespace backprop {
namespace {

double median(std::vector<double> values) {
  if (values.empty()) return not_defined;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

}  // namespace

ValueMeasures measure_values_fully(std::span<const float> predictions, std::span<const double> targets,
                                   double quantile) {
  const Measures shorter = measure_values(predictions, targets);
  ValueMeasures m{.rows = targets.size(), .loss = shorter.loss, .rmse = shorter.rmse, .mae = shorter.mae};
  m.r2 = shorter.r2;
  const auto count = static_cast<double>(targets.size());
  std::vector<double> sizes;
  double mean_error = 0, mean_target = 0;
  bool counts = true;  // a Poisson deviance exists
  for (std::size_t r = 0; r < targets.size(); ++r) {
    const double prediction = predictions[r], target = targets[r], difference = target - prediction;
    sizes.push_back(std::abs(difference));
    m.mape += sizes.back() / std::max(std::abs(target), std::numeric_limits<double>::epsilon()) / count;
    m.pinball += pinball(difference, quantile) / count;
    counts = counts && target >= 0 && prediction > 0;
    if (counts) {
      const double logarithm = target > 0 ? target * std::log(target / prediction) : 0;
      m.poisson_deviance += 2 * (logarithm - target + prediction) / count;
    }
    mean_error += difference / count;
    mean_target += target / count;
  }
  if (!counts) m.poisson_deviance = not_defined;
  m.median_error = median(std::move(sizes));
  double error_variance = 0, target_variance = 0;
  for (std::size_t r = 0; r < targets.size(); ++r) {
    const double error = targets[r] - static_cast<double>(predictions[r]) - mean_error;
    error_variance += error * error;
    target_variance += (targets[r] - mean_target) * (targets[r] - mean_target);
  }
  m.explained_variance = target_variance > 0 ? 1 - error_variance / target_variance : not_defined;
  return m;
}

}  // namespace backprop
