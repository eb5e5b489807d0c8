#include "cli/row_weights.hpp"

#include <algorithm>
#include <cmath>

namespace backprop::cli {

std::vector<float> read_weights(const data::Table& table, const ColumnFlags& flags) {
  std::vector<float> weights;
  if (flags.weight.empty()) return weights;
  const std::size_t column = data::find_column(table, flags.weight, "--weight");
  for (std::size_t r = 0; r < table.rows(); ++r) {
    const double weight = table.number(r, column);
    if (!(weight >= 0)) {
      table.fail(
          r, column,
          std::isnan(weight) ? "the weight is missing: fill it in, or remove the row" : "the weight is negative");
    }
    weights.push_back(static_cast<float>(weight));
  }
  return weights;
}

void set_weights(Answers& answers, const std::vector<float>& weights, const std::vector<std::int64_t>& training_labels,
                 const ColumnFlags& flags) {
  const bool balanced = !flags.class_weights.empty() && !training_labels.empty();
  if (weights.empty() && !balanced) return;
  std::vector<double> factors;
  if (balanced) {
    std::vector<double> counts(
        1 + static_cast<std::size_t>(*std::max_element(training_labels.begin(), training_labels.end())));
    for (const std::int64_t label : training_labels) ++counts[static_cast<std::size_t>(label)];
    const auto present =
        static_cast<double>(counts.size() - static_cast<std::size_t>(std::count(counts.begin(), counts.end(), 0.0)));
    for (const double count : counts) {
      factors.push_back(count > 0 ? static_cast<double>(training_labels.size()) / (present * count) : 1);
    }
  }
  for (std::size_t i = 0; i < answers.rows.size(); ++i) {
    const float weight = weights.empty() ? 1 : weights[answers.rows[i]];
    const auto label = balanced ? static_cast<std::size_t>(answers.labels[i]) : 0;
    const double factor = balanced && label < factors.size() ? factors[label] : 1;
    answers.weights.push_back(static_cast<float>(factor * static_cast<double>(weight)));
  }
}

}  // namespace backprop::cli
