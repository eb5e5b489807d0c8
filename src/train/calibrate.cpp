#include "train/calibrate.hpp"

#include <algorithm>
#include <cmath>

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

// The index of the first quantile from 1/2 on; their number where there is none.
std::size_t first_upper(std::span<const double> quantiles) {
  return static_cast<std::size_t>(std::lower_bound(quantiles.begin(), quantiles.end(), 0.5) - quantiles.begin());
}

// Rounded so that a target on the very quantile stays on its side.
float outward(double shift, double quantile) {
  const auto nearest = static_cast<float>(shift);
  const double wrong = quantile < 0.5 ? shift - static_cast<double>(nearest) : static_cast<double>(nearest) - shift;
  return wrong < 0 ? std::nextafter(nearest, quantile < 0.5 ? -INFINITY : INFINITY) : nearest;
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
      const double size = rows.values[i] - static_cast<double>(predictions[i]);
      if (weight > 0 && std::isfinite(size)) residuals.push_back({size, weight});
    }
    if (!residuals.empty()) shifts[k] = outward(quantile_of(residuals, quantiles[k]), quantiles[k]);
  }
  return shifts;
}

// The upper quantiles are raised to those below them, the lower ones lowered to those above: what each promises stays.
Value calibrate(Value predictions, std::span<const float> shifts, std::span<const double> quantiles) {
  const auto count = static_cast<std::int64_t>(shifts.size());
  const Value shifted = predictions + predictions.graph->constant(Tensor::from<float>({count}, shifts));
  std::vector<Value> columns;
  for (std::int64_t k = 0; k < count; ++k) columns.push_back(slice(shifted, 1, k, k + 1));
  const std::size_t upper = first_upper(quantiles);
  for (std::size_t k = upper + 1; k < columns.size(); ++k) columns[k] = maximum(columns[k], columns[k - 1]);
  for (std::size_t k = std::min(upper, columns.size() - 1); k-- > 0;) columns[k] = minimum(columns[k], columns[k + 1]);
  return concat(columns, 1);
}

void calibrate(std::span<float> predictions, std::span<const float> shifts, std::span<const double> quantiles) {
  const std::size_t width = shifts.size(), upper = first_upper(quantiles);
  for (std::size_t at = 0; at < predictions.size(); at += width) {
    float* const row = predictions.data() + at;
    for (std::size_t k = 0; k < width; ++k) row[k] += shifts[k];
    for (std::size_t k = upper + 1; k < width; ++k) row[k] = std::max(row[k], row[k - 1]);
    for (std::size_t k = std::min(upper, width - 1); k-- > 0;) row[k] = std::min(row[k], row[k + 1]);
  }
}

}  // namespace backprop
