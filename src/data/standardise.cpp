#include "data/standardise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backprop/error.hpp"

namespace backprop::data {

namespace {

// The scale of held(0), held(1), ..., as float32 holds them.
template <class Held> Scale fit(std::size_t rows, Held held) {
  if (rows == 0) throw Error("[standardise] no rows to fit the scale on");
  const auto count = static_cast<double>(rows);
  double sum = 0.0;
  bool constant = true;
  for (std::size_t r = 0; r < rows; ++r) {
    sum += held(r);
    constant = constant && held(r) == held(0);
  }
  Scale scale;
  scale.mean = static_cast<float>(constant ? held(0) : sum / count);
  double squares = 0.0, rest = 0.0;
  for (std::size_t r = 0; r < rows; ++r) {
    const double difference = held(r) - sum / count;
    squares += difference * difference;
    rest += difference;  // what the rounded mean is off by
  }
  const double variance = (squares - rest * rest / count) / count;
  const auto deviation = static_cast<float>(std::sqrt(std::max(variance, 0.0)));
  scale.deviation = constant || deviation < std::numeric_limits<float>::min() ? 0.0f : deviation;
  return scale;
}

}  // namespace

Scale fit_scale(std::span<const double> values, std::span<const std::uint32_t> rows) {
  return fit(rows.size(), [&](std::size_t r) { return static_cast<double>(static_cast<float>(values[rows[r]])); });
}

std::vector<Scale> fit_scales(std::span<const float> values, std::size_t columns) {
  std::vector<Scale> scales;
  for (std::size_t c = 0; c < columns; ++c) {
    scales.push_back(
        fit(values.size() / columns, [&](std::size_t r) { return static_cast<double>(values[r * columns + c]); }));
    if (scales.back().deviation == 0.0f) scales.back().deviation = 1.0f;
  }
  return scales;
}

void standardise(std::span<float> values, std::span<const Scale> scales) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = scales[i % scales.size()].apply(values[i]);
}

}  // namespace backprop::data
