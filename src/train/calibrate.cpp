#include "train/calibrate.hpp"

#include <algorithm>

#include "backprop/operations.hpp"

namespace backprop {
namespace {

struct Residual {
  double size, weight;
};

// The residual of rank q (n + 1), rounded up for the upper quantiles and down for the lower.
double quantile_of(std::vector<Residual>& residuals, double quantile) {
  std::sort(residuals.begin(), residuals.end(), [](const Residual& a, const Residual& b) { return a.size < b.size; });
  double total = 0;
  for (const Residual& residual : residuals) total += residual.weight;
  const double rank = quantile * (total + total / static_cast<double>(residuals.size()));
  double below = 0, result = residuals.front().size;
  for (const Residual& residual : residuals) {
    const bool lower_end = quantile < 0.5 && below + residual.weight > rank;
    if (lower_end) break;
    result = residual.size;
    below += residual.weight;
    if (quantile >= 0.5 && below >= rank) break;
  }
  return result;
}

}  // namespace

std::vector<float> conformal_shifts(std::span<const float> predictions, const Examples& rows,
                                    std::span<const double> quantiles) {
  const std::size_t outputs = quantiles.size();
  std::vector<float> shifts(outputs);
  if (predictions.empty()) return shifts;
  for (std::size_t k = 0; k < outputs; ++k) {
    std::vector<Residual> residuals;
    for (std::size_t r = 0; r < rows.rows(); ++r) {
      const double weight = rows.weights.empty() ? 1 : static_cast<double>(rows.weights[r]);
      const std::size_t i = r * outputs + k;
      if (weight > 0) residuals.push_back({rows.values[i] - static_cast<double>(predictions[i]), weight});
    }
    if (!residuals.empty()) shifts[k] = static_cast<float>(quantile_of(residuals, quantiles[k]));
  }
  return shifts;
}

Value calibrate(Value predictions, std::span<const float> shifts) {
  const auto count = static_cast<std::int64_t>(shifts.size());
  const Value shifted = predictions + predictions.graph->constant(Tensor::from<float>({count}, shifts));
  std::vector<Value> columns;
  for (std::int64_t k = 0; k < count; ++k) {
    const Value column = slice(shifted, 1, k, k + 1);
    columns.push_back(k > 0 ? maximum(columns.back(), column) : column);
  }
  return concat(columns, 1);
}

void calibrate(std::span<float> predictions, std::span<const float> shifts) {
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const std::size_t k = i % shifts.size();
    predictions[i] += shifts[k];
    if (k > 0) predictions[i] = std::max(predictions[i], predictions[i - 1]);
  }
}

}  // namespace backprop
