// Rows of a table with what is known of their target, as training and measuring want them. Thread safety: value types.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "backprop/fit.hpp"
#include "cli/measures_text.hpp"
#include "data/feature_file.hpp"
#include "data/preprocessing.hpp"
#include "data/target.hpp"

namespace backprop::cli {

// What is known of some rows' targets.
struct Answers {
  std::vector<std::uint32_t> rows;  // of the table, ascending
  std::vector<std::int64_t> labels;
  std::vector<double> values;       // [rows, targets]
  std::vector<float> weights = {};  // in the loss; empty: all the same
  std::size_t targets = 1;
  std::vector<double> quantiles = {};  // of each target the one that is predicted; empty: the means are

  // More rows, of the same targets.
  void append(const Answers& more);
};

Answers select_answers(const data::Target& target, std::span<const std::uint32_t> rows);

// The rows of a table whose target, that of a model, is known. Throws DataError.
Answers read_answers(const data::Table& table, const ModelInfo& info, const std::string& trim_labels);

// Features and answers.
struct LabelledRows {
  data::Matrix inputs;  // without the values where these are on disk
  Answers answers;
  std::shared_ptr<const data::FeatureFile> stored = nullptr;

  Examples examples() const;
  // The inputs of rows [first, first + count).
  std::vector<float> block(std::size_t first, std::size_t count) const;
  // Takes the inputs of all rows, block after block.
  void each_block(const std::function<void(std::size_t first, std::span<const float>)>& take) const;
};

// The rows of the answers, with their features in memory or in a scratch file.
LabelledRows label_rows(const data::Preprocessing& preprocessing, const data::Table& table, Answers answers,
                        bool on_disk);

std::vector<float> predict(const Model& model, const LabelledRows& rows);

// Nothing when there are no rows. Several targets are measured together.
Measured measure(const Model& model, const LabelledRows& rows);
Measured measure(std::span<const float> predictions, const Answers& answers);

}  // namespace backprop::cli
