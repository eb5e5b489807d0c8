#include "cli/report_predictions.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cli/report_columns.hpp"
#include "cli/report_curves.hpp"
#include "cli/sample.hpp"

namespace backprop::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_points = 2000, most_targets = 6, most_worst = 20, fewest_worst = 5, most_shown_columns = 30;

Json scatter(const TrainingData& data, const JudgedRows& judged, std::uint64_t seed) {
  const Answers& answers = judged.rows->answers;
  const std::size_t width = answers.targets;
  const std::vector<std::uint32_t> rows = sample_rows(answers.rows.size(), most_points, seed, "report points");
  Json all = Json::array();
  for (std::size_t t = 0; t < std::min(width, most_targets); ++t) {
    Json points = Json::array();
    for (const std::uint32_t r : rows) {
      points.push_back({short_number(answers.values[r * width + t]),
                        short_number(static_cast<double>(judged.predictions[r * width + t]))});
    }
    const std::string of = data.info.quantiles.empty() ? "" : ", quantile " + to_text(data.info.quantiles[t]);
    all.push_back({{"name", data.info.targets[t] + of}, {"points", std::move(points)}});
  }
  return all;
}

// How wrong each row is: 1 - the probability of its class, or the mean over targets of the error, in deviations.
std::vector<double> badness(const TrainingData& data, const JudgedRows& judged) {
  const Answers& answers = judged.rows->answers;
  const std::size_t count = answers.rows.size(), width = judged.predictions.size() / std::max<std::size_t>(count, 1);
  std::vector<double> deviations(width, 1);
  if (data.info.classes.empty()) {
    const std::vector<float> values(answers.values.begin(), answers.values.end());
    const std::vector<data::Scale> scales = data::fit_scales(values, width);
    for (std::size_t t = 0; t < width; ++t) deviations[t] = scales[t].deviation;
  }
  std::vector<double> bad(count);
  for (std::size_t r = 0; r < count; ++r) {
    if (!data.info.classes.empty()) {
      bad[r] = 1 - static_cast<double>(judged.predictions[r * width + static_cast<std::size_t>(answers.labels[r])]);
      continue;
    }
    for (std::size_t t = 0; t < width; ++t) {
      const double error = static_cast<double>(judged.predictions[r * width + t]) - answers.values[r * width + t];
      bad[r] += std::abs(error) / deviations[t];
    }
  }
  return bad;
}

std::size_t predicted_class(const JudgedRows& judged, std::size_t row) {
  const std::size_t width = judged.predictions.size() / judged.rows->answers.rows.size();
  const auto first = judged.predictions.begin() + static_cast<std::ptrdiff_t>(row * width);
  return static_cast<std::size_t>(std::max_element(first, first + static_cast<std::ptrdiff_t>(width)) - first);
}

bool is_right(const JudgedRows& judged, std::size_t row) {
  return predicted_class(judged, row) == static_cast<std::size_t>(judged.rows->answers.labels[row]);
}

Json answer(const TrainingData& data, const JudgedRows& judged, std::size_t row) {
  const Answers& answers = judged.rows->answers;
  const std::size_t width = judged.predictions.size() / answers.rows.size();
  const auto predictions = std::span(judged.predictions).subspan(row * width, width);
  if (data.info.classes.empty()) {
    Json json = {{"true", Json::array()}, {"predicted", Json::array()}};
    for (std::size_t t = 0; t < std::min(width, most_targets); ++t) {
      json["true"].push_back(answers.values[row * width + t]);
      json["predicted"].push_back(short_number(static_cast<double>(predictions[t])));
    }
    return json;
  }
  const auto label = static_cast<std::size_t>(answers.labels[row]);
  const std::size_t best = predicted_class(judged, row);
  return {{"true", data.info.classes[label]},
          {"predicted", data.info.classes[best]},
          {"probability_true", short_number(static_cast<double>(predictions[label]))},
          {"probability_predicted", short_number(static_cast<double>(predictions[best]))}};
}

Json worst_rows(const TrainingData& data, const JudgedRows& judged) {
  const data::Cells& cells = judged.table->cells();
  std::vector<std::string> names;
  std::vector<std::size_t> columns;
  for (const data::PreparedColumn& column : data.preprocessing.columns()) {
    if (columns.size() == most_shown_columns) break;
    names.push_back(column.raw.name);
    columns.push_back(data::find_named_column(*judged.table, column.raw.name, "column"));
  }
  const std::vector<double> bad = badness(data, judged);
  std::vector<std::size_t> order(bad.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t count = std::min(order.size(), most_worst);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    [&](std::size_t a, std::size_t b) { return bad[a] != bad[b] ? bad[a] > bad[b] : a < b; });
  Json rows = Json::array();
  for (std::size_t i = 0; i < count; ++i) {
    // Of classes those that are right are nothing to look at, but that there are so few others.
    if (i >= fewest_worst && !data.info.classes.empty() && is_right(judged, order[i])) break;
    const std::size_t row = judged.rows->answers.rows[order[i]];
    Json json = answer(data, judged, order[i]);
    const std::size_t line = cells.line(row, 0);
    json["place"] = line > 0 ? "line " + std::to_string(line) : "row " + std::to_string(row + 1);
    json["cells"] = Json::array();
    for (const std::size_t column : columns) json["cells"].push_back(shorten(cells.cell(row, column)));
    rows.push_back(std::move(json));
  }
  return {{"columns", names}, {"rows", std::move(rows)}};
}

}  // namespace

JudgedRows judge_rows(const TrainingData& data, const Model& network, const FitReport& report) {
  if (data.test.inputs.rows > 0) {
    return {"test", &data.test, data.test_table ? data.test_table.get() : &data.table, predict(network, data.test)};
  }
  if (!report.held_back.empty()) return {"validation", &data.train, &data.table, report.held_back};
  if (data.validation.inputs.rows > 0)
    return {"validation", &data.validation, &data.table, predict(network, data.validation)};
  return {"train", &data.train, &data.table, predict(network, data.train)};
}

void add_predictions(Json& json, const TrainingData& data, const JudgedRows& judged, std::uint64_t seed) {
  if (data.info.classes.empty()) {
    json["scatter"] = scatter(data, judged, seed);
  } else {
    json["roc"] = roc_curves(judged.predictions, judged.rows->answers.labels, data.info.classes);
    json["calibration"] = calibration(judged.predictions, judged.rows->answers.labels, data.info.classes.size());
  }
  json["worst"] = worst_rows(data, judged);
}

}  // namespace backprop::cli
