#include "cli/training_data.hpp"

#include "backprop/error.hpp"
#include "cli/command.hpp"
#include "data/closest_name.hpp"

namespace backprop::cli {
namespace {

data::Target choose_target(const TrainFlags& flags, const data::Table& table) {
  if (flags.target.empty()) {
    throw UsageError("--target is needed: a column's name, its number from 1, or last; the columns are " +
                     data::list_names(table.column_names()));
  }
  return data::read_target(table, data::find_column(table, flags.target, "--target"), flags.wanted_task());
}

data::Split split_rows(const TrainFlags& flags, const data::Target& target, std::size_t rows,
                       const data::SplitFractions& fractions) {
  const auto seed = static_cast<std::uint64_t>(flags.seed);
  return target.task == Task::classification ? data::split_classes(target.labels, fractions, seed)
                                             : data::split_rows(rows, fractions, seed);
}

}  // namespace

TrainingData read_training_data(const TrainFlags& flags) {
  require(flags.table.path, "a TABLE is needed: backprop train TABLE.csv --target COLUMN");
  const data::Table table = flags.table.read();
  const data::Target target = choose_target(flags, table);

  TrainingData data;
  data.rows = table.rows();
  data.info.task = target.task;
  data.info.target = table.column_names()[target.column];
  data.info.classes = target.classes;
  data.fractions = flags.fractions(table.rows());
  const data::Split split = split_rows(flags, target, table.rows(), data.fractions);
  data.info.features = data::choose_features(table, target.column, split.train, data.warnings);

  const data::Matrix inputs = data::read_features(table, data.info.features);
  data.train = select_rows(inputs, target, split.train);
  data.validation = select_rows(inputs, target, split.validation);
  data.test = flags.test_data.empty() ? select_rows(inputs, target, split.test)
                                      : read_labelled(flags.table.read_from(flags.test_data), data.info);

  const std::string classes = std::to_string(target.classes.size());
  data.notes.push_back("target '" + data.info.target + "': " + std::string(to_string(target.task)) +
                       (target.classes.empty() ? "" : " into " + classes + " classes") + ", because " + target.reason +
                       " (--task overrides)");
  if (!table.cells().has_header() && !flags.table.no_header) {
    data.notes.push_back("no header line: the columns are called column_1 to column_" +
                         std::to_string(table.columns()));
  }
  return data;
}

}  // namespace backprop::cli
