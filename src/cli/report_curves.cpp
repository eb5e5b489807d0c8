#include "cli/report_curves.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>

namespace backprop::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_curves = 10, most_curve_points = 200;

// A point behind each run of equal scores, the highest first; empty where one side has no rows.
std::vector<std::pair<double, double>> roc_points(std::span<const float> probabilities,
                                                  std::span<const std::int64_t> labels, std::size_t classes,
                                                  std::size_t k) {
  std::vector<std::uint32_t> order(labels.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto score = [&](std::uint32_t row) { return probabilities[row * classes + k]; };
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return score(a) > score(b); });
  const auto positive = static_cast<double>(std::count(labels.begin(), labels.end(), static_cast<std::int64_t>(k)));
  const double negative = static_cast<double>(labels.size()) - positive;
  if (positive == 0 || negative == 0) return {};
  std::vector<std::pair<double, double>> points = {{0, 0}};
  double hits = 0, alarms = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    (labels[order[i]] == static_cast<std::int64_t>(k) ? hits : alarms) += 1;
    if (i + 1 < order.size() && score(order[i]) == score(order[i + 1])) continue;
    const std::pair<double, double> next = {alarms / negative, hits / positive};
    // Of points on one straight step the last says it all.
    const std::size_t n = points.size();
    const bool straight = n >= 2 && ((points[n - 1].first == next.first && points[n - 2].first == next.first) ||
                                     (points[n - 1].second == next.second && points[n - 2].second == next.second));
    if (straight) points.pop_back();
    points.push_back(next);
  }
  return points;
}

}  // namespace

Json short_number(double x) {
  if (!std::isfinite(x)) return nullptr;
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", x);
  return std::strtod(text, nullptr);
}

Json roc_curves(std::span<const float> probabilities, std::span<const std::int64_t> labels,
                const std::vector<std::string>& classes) {
  std::vector<std::size_t> shown;
  std::vector<std::size_t> rows(classes.size());
  for (const std::int64_t label : labels) ++rows[static_cast<std::size_t>(label)];
  for (std::size_t k = classes.size() == 2 ? 1 : 0; k < classes.size(); ++k) shown.push_back(k);
  std::stable_sort(shown.begin(), shown.end(), [&](std::size_t a, std::size_t b) { return rows[a] > rows[b]; });
  shown.resize(std::min(shown.size(), most_curves));
  std::sort(shown.begin(), shown.end());
  Json curves = Json::array();
  for (const std::size_t k : shown) {
    const auto all = roc_points(probabilities, labels, classes.size(), k);
    if (all.empty()) continue;
    Json points = Json::array();
    const std::size_t count = std::min(all.size(), most_curve_points);
    for (std::size_t i = 0; i < count; ++i) {
      const auto [x, y] = all[count < 2 ? i : i * (all.size() - 1) / (count - 1)];
      points.push_back({short_number(x), short_number(y)});
    }
    curves.push_back({{"name", classes[k]}, {"points", std::move(points)}});
  }
  return curves;
}

Json calibration(std::span<const float> probabilities, std::span<const std::int64_t> labels, std::size_t classes) {
  struct Bin {
    double confidence = 0, right = 0;
    std::size_t rows = 0;
  };
  std::array<Bin, 10> bins;
  for (std::size_t r = 0; r < labels.size(); ++r) {
    const auto row = probabilities.subspan(r * classes, classes);
    const auto best = std::max_element(row.begin(), row.end());
    const auto confidence = static_cast<double>(*best);
    if (std::isnan(confidence)) continue;
    Bin& bin = bins[static_cast<std::size_t>(std::clamp(confidence * 10, 0.0, 9.0))];
    bin.confidence += confidence;
    bin.right += best - row.begin() == labels[r] ? 1 : 0;
    ++bin.rows;
  }
  Json json = Json::array();
  for (const Bin& bin : bins) {
    if (bin.rows == 0) continue;
    const auto count = static_cast<double>(bin.rows);
    json.push_back({{"confidence", short_number(bin.confidence / count)},
                    {"accuracy", short_number(bin.right / count)},
                    {"rows", bin.rows}});
  }
  return json;
}

}  // namespace backprop::cli
