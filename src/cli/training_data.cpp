#include "cli/training_data.hpp"

#include "backprop/error.hpp"
#include "cli/command.hpp"
#include "cli/row_weights.hpp"
#include "data/closest_name.hpp"

namespace backprop::cli {
namespace {

data::Target choose_target(const TrainFlags& flags, const data::Table& table) {
  if (flags.target.empty() && flags.table.labels.empty()) {
    throw UsageError("--target is needed: a column's name, its number from 1, or last; the columns are " +
                     data::list_names(table.column_names()));
  }
  return data::read_target(table, data::find_targets(table, flags.target.empty() ? "last" : flags.target),
                           {.task = flags.wanted_task(), .trim = flags.trim_labels});
}

// Of the rows whose target is known.
data::Split split_rows(const TrainFlags& flags, const data::Target& target, const data::SplitFractions& fractions) {
  const auto seed = static_cast<std::uint64_t>(flags.seed);
  std::vector<std::int64_t> labels;
  if (target.task == Task::classification) {
    for (const std::uint32_t row : target.rows) labels.push_back(target.labels[row]);
  }
  data::Split split = labels.empty() ? data::split_rows(target.rows.size(), fractions, seed)
                                     : data::split_classes(labels, fractions, seed);
  for (auto* part : {&split.train, &split.validation, &split.test}) {
    for (std::uint32_t& row : *part) row = target.rows[row];
  }
  return split;
}

std::string quoted_list(const std::vector<std::string>& names) {
  return names.size() == 1 ? "'" + names[0] + "'" : "'" + data::list_names(names, 5) + "'";
}

// "12 columns: 5 numeric (age, ...), 7 categorical (sex, ...)"
std::string describe_roles(const data::Preprocessing& preprocessing) {
  std::string text;
  for (const data::Role role : {data::Role::numeric, data::Role::boolean, data::Role::categorical, data::Role::date}) {
    std::vector<std::string> names;
    for (const data::PreparedColumn& column : preprocessing.columns()) {
      if (column.role == role) names.push_back(column.raw.name);
    }
    if (names.empty()) continue;
    text += (text.empty() ? "" : "; ") + std::to_string(names.size()) + " " + std::string(to_string(role)) + " (" +
            data::list_names(names, 8) + ")";
  }
  return "learned from: " + text + "; --numeric, --categorical, --date and --ignore override";
}

// `known`: the number of rows whose target is.
void describe(TrainingData& data, const data::Target& target, std::size_t known, const TrainFlags& flags) {
  const std::size_t all = data.table.rows();
  data.notes.push_back("target " + quoted_list(data.info.targets) + ": " + std::string(to_string(target.task)) +
                       (target.classes.empty() ? "" : " into " + std::to_string(target.classes.size()) + " classes") +
                       ", because " + target.reason + " (--task overrides)");
  if (!data.table.cells().has_header() && !flags.table.no_header) {
    data.notes.push_back("no header line: the columns are called column_1 to column_" +
                         std::to_string(data.table.columns()));
  }
  for (const std::string& note : data.table.cells().notes()) data.warnings.push_back(note);
  data.notes.push_back(describe_roles(data.preprocessing));
  for (const data::ColumnRole& role : data.preprocessing.left_out()) {
    if (role.role == data::Role::ignored) continue;
    data.warnings.push_back("column '" + role.name + "' is left out: " + std::string(to_string(role.role)) + ": " +
                            role.reason);
  }
  const auto left_out = [&](std::size_t rows, const std::string& why) {
    if (rows == 0) return;
    data.warnings.push_back(std::to_string(rows) + (rows == 1 ? " row is" : " rows are") + " left out: " + why);
  };
  left_out(all - known, "the target is missing");
  left_out(known - target.rows.size(), "the weight is 0");
}

}  // namespace

TrainingData read_training_data(const TrainFlags& flags) {
  require(flags.table.path, "a TABLE is needed: backprop train TABLE.csv --target COLUMN");
  TrainingData data(flags.table.read());
  data::Target target = choose_target(flags, data.table);
  data.info.task = target.task;
  for (const std::size_t column : target.columns) data.info.targets.push_back(data.table.column_names()[column]);
  data.info.classes = target.classes;
  if (target.task == Task::regression && !flags.columns.class_weights.empty()) {
    throw UsageError("--class-weights: the target is a number and has no classes");
  }
  const std::vector<float> weights = read_weights(data.table, flags.columns);
  const std::size_t known = target.rows.size();
  if (!weights.empty()) std::erase_if(target.rows, [&](std::uint32_t row) { return weights[row] == 0; });
  if (target.rows.empty())
    throw DataError(data.table.name() + ": --weight " + flags.columns.weight + ": every weight is 0");
  data.fractions = flags.fractions(target.rows.size());
  const data::Split split = split_rows(flags, target, data.fractions);
  std::vector<std::size_t> excluded = target.columns;
  if (!weights.empty()) excluded.push_back(data::find_column(data.table, flags.columns.weight, "--weight"));
  try {
    const auto roles = data::find_roles(data.table, split.train, excluded, flags.columns.roles());
    data.preprocessing = data::Preprocessing::fit(data.table, split.train, roles, flags.columns.preprocessing());
  } catch (const DataError& error) {
    // How the table was read may be why: a decimal comma makes texts of numbers.
    if (data.table.cells().notes().empty()) throw;
    throw DataError(error.what() + ("; " + data.table.cells().notes()[0]));
  }

  const std::vector<std::int64_t> training_labels = select_answers(target, split.train).labels;
  const auto select = [&](const std::vector<std::uint32_t>& rows) {
    LabelledRows selected{data.preprocessing.apply(data.table, rows), select_answers(target, rows)};
    set_weights(selected.answers, weights, training_labels, flags.columns);
    return selected;
  };
  data.train = select(split.train);
  data.validation = select(split.validation);
  if (flags.test_data.empty()) {
    data.test = select(split.test);
  } else {
    const data::Table table = flags.table.read_from(flags.test_data, flags.test_labels);
    Answers answers = read_answers(table, data.info, flags.trim_labels);
    data.test.inputs = data.preprocessing.apply(table, answers.rows);
    data.test.answers = std::move(answers);
  }
  describe(data, target, known, flags);
  return data;
}

}  // namespace backprop::cli
