#include "cli/importance.hpp"

#include <algorithm>
#include <cmath>

#include "base/thread_pool.hpp"
#include "cli/sample.hpp"
#include "data/shuffle.hpp"

namespace backprop::cli {
namespace {

constexpr std::size_t most_rows_shuffled = 1000, fewest_rows_shuffled = 50;
constexpr int most_permutations = 3;
constexpr double most_permuted_cells = 3e6;  // features computed on, of all permutations together: some 0.02 s

// 1 - accuracy, or the root of the mean squared error.
double error_of(std::span<const float> predictions, const Answers& answers) {
  if (answers.labels.empty()) return measure_values(predictions, answers.values).rmse;  // of quantiles: all together
  const std::size_t classes = predictions.size() / answers.rows.size();
  return 1 - measure_classes(predictions, answers.labels, classes).accuracy;
}

// The answers that the error needs.
Answers select(const Answers& all, std::span<const std::uint32_t> chosen) {
  Answers some{.rows = {chosen.begin(), chosen.end()}, .labels = {}, .values = {}, .targets = all.targets};
  for (const std::uint32_t row : chosen) {
    if (!all.labels.empty()) some.labels.push_back(all.labels[row]);
    for (std::size_t t = 0; t < all.targets && all.labels.empty(); ++t) {
      some.values.push_back(all.values[row * all.targets + t]);
    }
  }
  return some;
}

// Where each row has the features of row order[row]. Rows that are the same as before, many of them where a column has
// few values, are not computed again.
std::vector<float> predict_dealt(const Model& network, std::span<const float> inputs, std::vector<float> predictions,
                                 std::span<const std::uint32_t> order, std::span<const std::size_t> features) {
  const std::size_t width = inputs.size() / order.size(), outputs = predictions.size() / order.size();
  std::vector<std::size_t> changed;
  std::vector<float> dealt;
  for (std::size_t row = 0; row < order.size(); ++row) {
    const std::span<const float> own = inputs.subspan(row * width, width),
                                 other = inputs.subspan(order[row] * width, width);
    if (std::ranges::all_of(features, [&](std::size_t f) { return own[f] == other[f]; })) continue;
    changed.push_back(row);
    dealt.insert(dealt.end(), own.begin(), own.end());
    for (const std::size_t f : features) dealt[dealt.size() - width + f] = other[f];
  }
  if (changed.empty()) return predictions;
  dealt.resize((changed.size() + 63) / 64 * 64 * width);  // few sizes, for each of which the model is planned once
  const std::vector<float> again = network.predict(dealt);
  for (std::size_t i = 0; i < changed.size(); ++i) {
    for (std::size_t k = 0; k < outputs; ++k) predictions[changed[i] * outputs + k] = again[i * outputs + k];
  }
  return predictions;
}

}  // namespace

Importance permutation_importance(const Model& network, const data::Preprocessing& preprocessing,
                                  const LabelledRows& rows, std::uint64_t seed, const Device& device) {
  const std::vector<std::size_t> columns = preprocessing.feature_columns();
  const std::size_t count = preprocessing.columns().size(), width = rows.inputs.columns;
  std::size_t size = std::min(rows.inputs.rows, most_rows_shuffled);
  const double each = static_cast<double>(count) * static_cast<double>(width);  // cells of a row in one permutation
  Importance importance{.measure = rows.answers.labels.empty() ? "rmse" : "accuracy"};
  const double affordable = most_permuted_cells / each / static_cast<double>(std::max<std::size_t>(size, 1));
  importance.permutations = std::clamp(static_cast<int>(affordable), 1, most_permutations);
  size = std::min(size, static_cast<std::size_t>(most_permuted_cells / each));
  importance.rows = size;
  if (size < std::min(rows.inputs.rows, fewest_rows_shuffled) || size < 2) return importance;

  const std::vector<std::uint32_t> chosen = sample_rows(rows.inputs.rows, size, seed, "importance rows");
  std::vector<float> inputs;
  for (const std::uint32_t row : chosen) {
    const std::vector<float> one = rows.block(row, 1);
    inputs.insert(inputs.end(), one.begin(), one.end());
  }
  const Answers answers = select(rows.answers, chosen);
  const std::vector<float> as_they_are = network.predict(inputs);
  const double before = error_of(as_they_are, answers);
  importance.columns.resize(count);
  for_each_item(device.pool(), count, [&](std::size_t c) {
    std::vector<std::size_t> features;
    for (std::size_t f = 0; f < width; ++f) {
      if (columns[f] == c) features.push_back(f);
    }
    double sum = 0, squares = 0;
    for (int p = 0; p < importance.permutations; ++p) {
      const std::size_t number = c * most_permutations + static_cast<std::size_t>(p);
      const std::vector<std::uint32_t> order = data::permutation(size, seed, number, "importance");
      const double rise = error_of(predict_dealt(network, inputs, as_they_are, order, features), answers) - before;
      sum += rise;
      squares += rise * rise;
    }
    const double mean = sum / importance.permutations;
    const double variance = std::max(0.0, squares / importance.permutations - mean * mean);
    importance.columns[c] = {preprocessing.columns()[c].raw.name, mean, std::sqrt(variance)};
  });
  std::stable_sort(importance.columns.begin(), importance.columns.end(),
                   [](const ColumnImportance& a, const ColumnImportance& b) { return a.rise > b.rise; });
  return importance;
}

}  // namespace backprop::cli
