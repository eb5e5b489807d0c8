// From the flags of `train` to rows that train, decide and test. Thread safety: value type.
#pragma once
#include <string>
#include <vector>

#include "cli/labelled_rows.hpp"
#include "cli/train_options.hpp"

namespace backprop::cli {

struct TrainingData {
  explicit TrainingData(data::Table t) : table(std::move(t)) {}

  data::Table table;
  ModelInfo info;  // without the names of the features
  data::Preprocessing preprocessing;
  data::SplitFractions fractions;
  LabelledRows train, validation, test;
  std::vector<std::string> notes;     // what was chosen and why
  std::vector<std::string> warnings;  // what is left out

  std::int64_t outputs() const {
    return static_cast<std::int64_t>(info.classes.empty() ? info.targets.size() : info.classes.size());
  }
};

// Finds all that could be wrong with the tables. Throws DataError, or UsageError when no table or target was named.
TrainingData read_training_data(const TrainFlags& flags);

}  // namespace backprop::cli
