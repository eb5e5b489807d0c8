#include "data/standardise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backprop/error.hpp"
#include "data/closest_name.hpp"

namespace backprop::data {

Scale fit_scale(std::span<const double> values, std::span<const std::uint32_t> rows) {
  if (rows.empty()) throw Error("[standardise] no rows to fit the scale on");
  const auto count = static_cast<double>(rows.size());
  const auto held = [&](std::uint32_t row) { return static_cast<double>(static_cast<float>(values[row])); };
  double sum = 0.0;
  bool constant = true;
  for (const std::uint32_t row : rows) {
    sum += held(row);
    constant = constant && held(row) == held(rows[0]);
  }
  Scale scale;
  scale.mean = static_cast<float>(constant ? held(rows[0]) : sum / count);
  double squares = 0.0, rest = 0.0;
  for (const std::uint32_t row : rows) {
    const double difference = held(row) - sum / count;
    squares += difference * difference;
    rest += difference;  // what the rounded mean is off by
  }
  const double variance = (squares - rest * rest / count) / count;
  const auto deviation = static_cast<float>(std::sqrt(std::max(variance, 0.0)));
  scale.deviation = constant || deviation < std::numeric_limits<float>::min() ? 0.0f : deviation;
  return scale;
}

Features fit_features(const Table& table, std::size_t target, std::span<const std::size_t> ignored,
                      std::span<const std::uint32_t> train, std::vector<std::string>& warnings) {
  Features features;
  for (std::size_t c = 0; c < table.columns(); ++c) {
    if (c == target || std::find(ignored.begin(), ignored.end(), c) != ignored.end()) continue;
    const std::string& name = table.column_names()[c];
    if (table.kind(c) == ColumnKind::text) {
      warnings.push_back("column '" + name + "' is left out: it is text, and only numbers are learned from");
      continue;
    }
    const Scale scale = fit_scale(table.numbers(c), train);
    if (scale.deviation == 0.0f) {
      warnings.push_back("column '" + name + "' is left out: it has the same value in all training rows");
      continue;
    }
    features.names.push_back(name);
    features.scales.push_back(scale);
  }
  if (features.names.empty()) {
    throw DataError(table.name() + ": no column is left to learn from: at least one besides the target must hold" +
                    " numbers that are not all the same");
  }
  return features;
}

Matrix read_features(const Table& table, const std::vector<std::string>& names) {
  Matrix matrix{table.rows(), names.size(), {}};
  matrix.values.resize(matrix.rows * matrix.columns);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::vector<std::string>& known = table.column_names();
    const auto it = std::find(known.begin(), known.end(), names[i]);
    if (it == known.end()) {
      throw DataError(table.name() + ": column '" + names[i] + "' is missing" + did_you_mean(names[i], known) +
                      ": the model was trained on " + list_names(names));
    }
    const auto column = static_cast<std::size_t>(it - known.begin());
    if (table.kind(column) == ColumnKind::text) {
      for (std::size_t r = 0; r < table.rows(); ++r) {
        const std::string_view cell = table.cells().cell(r, column);
        if (!is_missing(cell) && !parse_number(cell)) {
          table.fail(r, column, quote_cell(cell) + " is not a number, and the model was trained on numbers here");
        }
      }
    }
    const std::vector<double> numbers = table.numbers(column);
    for (std::size_t r = 0; r < numbers.size(); ++r) {
      matrix.values[r * matrix.columns + i] = static_cast<float>(numbers[r]);
    }
  }
  return matrix;
}

Matrix standardise(const Matrix& matrix, const std::vector<Scale>& scales) {
  Matrix result = matrix;
  for (std::size_t r = 0; r < matrix.rows; ++r) {
    for (std::size_t c = 0; c < matrix.columns; ++c) {
      float& value = result.values[r * matrix.columns + c];
      value = scales[c].apply(value);
    }
  }
  return result;
}

}  // namespace backprop::data
