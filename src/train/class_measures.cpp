#include <algorithm>
#include <cmath>
#include <numeric>

#include "backprop/measures.hpp"
#include "train/not_defined.hpp"

namespace backprop {
namespace {

double ratio(double a, double b, double otherwise) { return b == 0 ? otherwise : a / b; }

// Rows of one score, as counts of the class and of the others, from the highest score down; none where one is NaN.
struct Tie {
  double members = 0, others = 0;
};

std::vector<Tie> rank(std::span<const float> probabilities, std::span<const std::int64_t> labels, std::size_t classes,
                      std::size_t k) {
  std::vector<std::size_t> order(labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto score = [&](std::size_t row) { return probabilities[row * classes + k]; };
  if (std::any_of(order.begin(), order.end(), [&](std::size_t row) { return std::isnan(score(row)); })) return {};
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return score(a) > score(b); });
  std::vector<Tie> ties;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || score(order[i]) != score(order[i - 1])) ties.emplace_back();
    (labels[order[i]] == static_cast<std::int64_t>(k) ? ties.back().members : ties.back().others) += 1;
  }
  return ties;
}

// roc_auc, average_precision and lift.
void measure_ranking(const std::vector<Tie>& ties, OneClassMeasures& m) {
  Tie all;
  for (const Tie& tie : ties) all = {all.members + tie.members, all.others + tie.others};
  const double rows = all.members + all.others, top = rows / 10;
  double area = 0, precision = 0, in_top = 0;
  Tie above;
  for (const Tie& tie : ties) {
    area += tie.others * (above.members + tie.members / 2);
    const double here = tie.members + tie.others, before = above.members + above.others;
    in_top += tie.members * std::clamp((top - before) / here, 0.0, 1.0);
    above = {above.members + tie.members, above.others + tie.others};
    precision += tie.members * above.members / (above.members + above.others);
  }
  m.roc_auc = ratio(area, all.members * all.others, not_defined);
  m.average_precision = ratio(precision, all.members, not_defined);
  m.lift = ratio(in_top / top, all.members / rows, not_defined);
}

double calibration_error(std::span<const float> probabilities, std::span<const std::int64_t> labels,
                         std::size_t classes) {
  constexpr std::size_t bins = 10;
  double difference[bins] = {};  // of hits and confidence
  for (std::size_t r = 0; r < labels.size(); ++r) {
    const std::span<const float> row = probabilities.subspan(r * classes, classes);
    const auto best = std::max_element(row.begin(), row.end());
    const double confidence = *best;
    if (std::isnan(confidence)) return not_defined;
    const auto bin = static_cast<std::size_t>(std::clamp(std::ceil(confidence * bins) - 1, 0.0, bins - 1.0));
    difference[bin] += (best - row.begin() == labels[r] ? 1 : 0) - confidence;
  }
  double sum = 0;
  for (const double d : difference) sum += std::abs(d);
  return sum / static_cast<double>(labels.size());
}

double brier(std::span<const float> probabilities, std::span<const std::int64_t> labels, std::size_t classes) {
  double sum = 0;
  for (std::size_t r = 0; r < labels.size(); ++r) {
    for (std::size_t k = classes == 2 ? 1 : 0; k < classes; ++k) {
      const double d = probabilities[r * classes + k] - (labels[r] == static_cast<std::int64_t>(k) ? 1.0 : 0.0);
      sum += d * d;
    }
  }
  return sum / static_cast<double>(labels.size());
}

// Of two classes the second's, of more the mean; NaN when a class without rows has none.
double mean_of(const std::vector<OneClassMeasures>& all, double OneClassMeasures::*member) {
  if (all.size() == 2) return all[1].*member;
  double sum = 0;
  for (const OneClassMeasures& one : all) sum += one.*member;
  return sum / static_cast<double>(all.size());
}

}  // namespace

ClassMeasures measure_classes_fully(std::span<const float> probabilities, std::span<const std::int64_t> labels,
                                    std::size_t classes) {
  const Measures shorter = measure_classes(probabilities, labels, classes);
  ClassMeasures m{.rows = labels.size(), .loss = shorter.loss, .accuracy = shorter.accuracy};
  m.of.resize(classes);
  m.confusion.assign(classes, std::vector<std::size_t>(classes));
  for (std::size_t r = 0; r < labels.size(); ++r) {
    const std::span<const float> row = probabilities.subspan(r * classes, classes);
    const auto predicted = static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
    ++m.confusion[static_cast<std::size_t>(labels[r])][predicted];
  }
  const auto rows = static_cast<double>(labels.size());
  // For Matthews and kappa: rows on the diagonal, and sums over classes of products of the two marginals.
  double hits = 0, chance = 0, true_squares = 0, predicted_squares = 0, recalls = 0, present = 0;
  for (std::size_t k = 0; k < classes; ++k) {
    OneClassMeasures& one = m.of[k];
    double members = 0, predicted = 0;
    for (std::size_t j = 0; j < classes; ++j) {
      members += static_cast<double>(m.confusion[k][j]);
      predicted += static_cast<double>(m.confusion[j][k]);
    }
    const auto diagonal = static_cast<double>(m.confusion[k][k]);
    one.rows = static_cast<std::size_t>(members);
    one.precision = ratio(diagonal, predicted, 0);
    one.recall = ratio(diagonal, members, not_defined);
    one.f1 = ratio(2 * diagonal, members + predicted, 0);
    measure_ranking(rank(probabilities, labels, classes, k), one);
    hits += diagonal;
    chance += members * predicted;
    true_squares += members * members;
    predicted_squares += predicted * predicted;
    if (members > 0) {
      recalls += one.recall;
      ++present;
    }
  }
  m.balanced_accuracy = ratio(recalls, present, not_defined);
  const double spread = (rows * rows - true_squares) * (rows * rows - predicted_squares);
  m.matthews = ratio(hits * rows - chance, std::sqrt(spread), 0);
  m.kappa = ratio(hits * rows - chance, rows * rows - chance, not_defined);
  m.roc_auc = mean_of(m.of, &OneClassMeasures::roc_auc);
  m.average_precision = mean_of(m.of, &OneClassMeasures::average_precision);
  m.brier = brier(probabilities, labels, classes);
  m.calibration_error = calibration_error(probabilities, labels, classes);
  return m;
}

}  // namespace backprop
