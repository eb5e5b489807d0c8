// From the flags of `train` to rows that train, decide and test. Thread safety: value type.
#pragma once
#include <string>
#include <vector>

#include "cli/labelled_rows.hpp"
#include "cli/train_options.hpp"

namespace backprop::cli {

struct TrainingData {
  std::size_t rows = 0;  // of the table
  ModelInfo info;
  data::SplitFractions fractions;
  LabelledRows train, validation, test;
  std::vector<std::string> notes;     // what was chosen and why
  std::vector<std::string> warnings;  // what is left out

  std::int64_t outputs() const { return info.classes.empty() ? 1 : static_cast<std::int64_t>(info.classes.size()); }
};

// Finds all that could be wrong with the tables. Throws DataError, or UsageError when no table or target was named.
TrainingData read_training_data(const TrainFlags& flags);

}  // namespace backprop::cli
