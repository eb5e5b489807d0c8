// From the flags of `train` to rows that train, decide and test. Thread safety: value type.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cli/labelled_rows.hpp"
#include "cli/train_options.hpp"

namespace backprop::cli {

// A table and its target.
struct LearningTable {
  explicit LearningTable(data::Table t) : table(std::move(t)) {}

  data::Table table;
  data::Target target;                // its rows are those that can be learned from
  std::size_t known = 0;              // rows whose target is known; some of them may weigh nothing
  ModelInfo info;                     // without the names of the features
  std::vector<float> weights;         // of the table's rows; empty: all the same
  std::vector<std::size_t> excluded;  // columns that are not learned from

  std::int64_t outputs() const {
    return static_cast<std::int64_t>(info.classes.empty() ? info.targets.size() : info.classes.size());
  }
};

// Reads the table of the flags; columns named in `excluded` are not learned from. Throws DataError, or UsageError when
// no table or target was named.
LearningTable read_learning_table(const TrainFlags& flags, const std::vector<std::string>& excluded = {});

// "target 'species': classification into 3 classes, because ..."
std::string describe_target(const LearningTable& learning);

// Roles, fills and scales, from these rows alone.
data::Preprocessing fit_preprocessing(const TrainFlags& flags, const LearningTable& learning,
                                      std::span<const std::uint32_t> rows);

// Some rows as features and answers; `train` are those that the classes' weights are taken from.
LabelledRows select_rows(const TrainFlags& flags, const LearningTable& learning,
                         const data::Preprocessing& preprocessing, std::span<const std::uint32_t> train,
                         std::span<const std::uint32_t> rows);

struct TrainingData : LearningTable {
  explicit TrainingData(LearningTable t) : LearningTable(std::move(t)) {}

  data::Preprocessing preprocessing;
  data::SplitFractions fractions;
  LabelledRows train, validation, test;
  std::shared_ptr<const data::Table> test_table;  // that the test rows are of; none: `table`
  std::vector<std::string> notes;                 // what was chosen and why
  std::vector<std::string> warnings;              // what is left out
};

// Finds all that could be wrong with the tables. Throws DataError, or UsageError when no table or target was named.
TrainingData read_training_data(const TrainFlags& flags);

}  // namespace backprop::cli
