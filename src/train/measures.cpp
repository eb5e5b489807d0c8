#include "backprop/measures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "backprop/error.hpp"
#include "train/not_defined.hpp"

namespace backprop {
namespace {

void check_sizes(std::size_t predictions, std::size_t targets) {
  if (predictions == targets) return;
  throw Error("[measure] " + std::to_string(predictions) + " predictions for " + std::to_string(targets) + " targets");
}

}  // namespace

Measures measure_classes(std::span<const float> probabilities, std::span<const std::int64_t> labels,
                         std::size_t classes) {
  check_sizes(probabilities.size(), labels.size() * classes);
  Measures m{.rows = labels.size(), .rmse = not_defined, .mae = not_defined, .r2 = not_defined};
  std::size_t hits = 0;
  for (std::size_t r = 0; r < labels.size(); ++r) {
    const std::span<const float> row = probabilities.subspan(r * classes, classes);
    const auto label = static_cast<std::size_t>(labels[r]);
    if (label >= classes) throw Error("[measure] label " + std::to_string(labels[r]) + " is no class");
    const float probability = row[label];
    m.loss -=
        std::log(std::max(static_cast<double>(probability), static_cast<double>(std::numeric_limits<float>::min())));
    if (std::isnan(probability)) m.loss = not_defined;
    hits += std::max_element(row.begin(), row.end()) - row.begin() == static_cast<std::ptrdiff_t>(label);
  }
  const auto count = static_cast<double>(labels.size());
  m.loss /= count;
  m.accuracy = static_cast<double>(hits) / count;
  return m;
}

Measures measure_values(std::span<const float> predictions, std::span<const double> targets) {
  check_sizes(predictions.size(), targets.size());
  Measures m{.rows = targets.size(), .accuracy = not_defined};
  const auto count = static_cast<double>(targets.size());
  double mean = 0, deviation = 0;
  for (const double target : targets) mean += target / count;
  for (std::size_t r = 0; r < targets.size(); ++r) {
    const double error = static_cast<double>(predictions[r]) - targets[r];
    m.loss += error * error;
    m.mae += std::abs(error);
    deviation += (targets[r] - mean) * (targets[r] - mean);
  }
  m.r2 = deviation > 0 ? 1 - m.loss / deviation : not_defined;
  m.loss /= count;
  m.mae /= count;
  m.rmse = std::sqrt(m.loss);
  return m;
}

}  // namespace backprop
