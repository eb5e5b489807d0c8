// What a report shows of a model's predictions. Thread safety: pure functions.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/training_data.hpp"

namespace backprop::cli {

// The rows that a model is judged on: test rows where there are some, otherwise validation rows, otherwise those that
// it has learned from.
struct JudgedRows {
  std::string part;  // "test", "validation" or "train"
  const LabelledRows* rows = nullptr;
  const data::Table* table = nullptr;  // that their numbers mean
  std::vector<float> predictions;      // [rows, outputs]
};
JudgedRows judge_rows(const TrainingData& data, const Model& network, const FitReport& report);

// Of classes: "roc" [{"name", "points" [[false positives, true positives], ...]}], "calibration" [{"confidence",
// "accuracy", "rows"}]; of numbers: "scatter" [{"name", "points" [[true, predicted], ...]}]. Of both "worst", the rows
// that are predicted worst. All of bounded size.
void add_predictions(nlohmann::ordered_json& json, const TrainingData& data, const JudgedRows& judged,
                     std::uint64_t seed);

}  // namespace backprop::cli
