#include "cli/training_data.hpp"

#include "backprop/error.hpp"
#include "cli/command.hpp"
#include "cli/memory_plan.hpp"
#include "cli/row_weights.hpp"
#include "data/closest_name.hpp"

namespace backprop::cli {
namespace {

data::Target choose_target(const TrainFlags& flags, const data::Table& table) {
  if (flags.target.empty() && flags.table.labels.empty()) {
    throw UsageError("--target is needed: a column's name, its number from 1, or last; the columns are " +
                     data::list_names(table.column_names()));
  }
  const std::vector<std::size_t> columns = data::find_targets(table, flags.target.empty() ? "last" : flags.target);
  const std::vector<double> quantiles = flags.wanted_quantiles();
  if (quantiles.empty()) {
    return data::read_target(table, columns, {.task = flags.wanted_task(), .trim = flags.trim_labels});
  }
  if (columns.size() > 1) {
    throw UsageError("--quantiles: one target is needed, " + std::to_string(columns.size()) + " are named");
  }
  return data::with_quantiles(data::read_target(table, columns, {.task = Task::regression}), quantiles);
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

}  // namespace

std::string describe_target(const LearningTable& learning) {
  const data::Target& target = learning.target;
  if (!target.quantiles.empty()) {
    std::string quantiles;
    for (const double q : target.quantiles) quantiles += (quantiles.empty() ? "" : ", ") + to_text(q);
    return "target '" + learning.info.targets[0] + "': its quantiles " + quantiles;
  }
  return "target " + quoted_list(learning.info.targets) + ": " + std::string(to_string(target.task)) +
         (target.classes.empty() ? "" : " into " + std::to_string(target.classes.size()) + " classes") + ", because " +
         target.reason + " (--task overrides)";
}

namespace {

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

void write_notes(TrainingData& data, const TrainFlags& flags) {
  const std::size_t all = data.table.rows(), known = data.known;
  data.notes.push_back(describe_target(data));
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
  left_out(known - data.target.rows.size(), "the weight is 0");
}

}  // namespace

LearningTable read_learning_table(const TrainFlags& flags, const std::vector<std::string>& excluded) {
  require(flags.table.path, "a TABLE is needed: backprop train TABLE.csv --target COLUMN");
  LearningTable learning(flags.table.read(flags.on_disk()));
  const data::Table& table = learning.table;
  learning.target = choose_target(flags, table);
  data::Target& target = learning.target;
  ModelInfo& info = learning.info;
  info.task = target.task;
  for (const std::size_t column : target.columns) info.targets.push_back(table.column_names()[column]);
  info.classes = target.classes;
  info.quantiles = target.quantiles;
  if (target.task == Task::regression && !flags.columns.class_weights.empty()) {
    throw UsageError("--class-weights: the target is a number and has no classes");
  }
  if (flags.on_disk()) example_memory(flags, learning, 0);  // refused before anything takes time
  learning.weights = read_weights(table, flags.columns);
  learning.known = target.rows.size();
  if (!learning.weights.empty()) {
    std::erase_if(target.rows, [&](std::uint32_t row) { return learning.weights[row] == 0; });
  }
  if (target.rows.empty()) throw DataError(table.name() + ": --weight " + flags.columns.weight + ": every weight is 0");
  learning.excluded = target.columns;
  for (const std::string& name : excluded)
    learning.excluded.push_back(data::find_column(table, name, "--group or --time"));
  if (!learning.weights.empty()) {
    learning.excluded.push_back(data::find_column(table, flags.columns.weight, "--weight"));
  }
  return learning;
}

data::Preprocessing fit_preprocessing(const TrainFlags& flags, const LearningTable& learning,
                                      std::span<const std::uint32_t> rows) {
  try {
    const auto roles = data::find_roles(learning.table, rows, learning.excluded, flags.columns.roles());
    return data::Preprocessing::fit(learning.table, rows, roles, flags.columns.preprocessing());
  } catch (const DataError& error) {
    // How the table was read may be why: a decimal comma makes texts of numbers.
    if (learning.table.cells().notes().empty()) throw;
    throw DataError(error.what() + ("; " + learning.table.cells().notes()[0]));
  }
}

LabelledRows select_rows(const TrainFlags& flags, const LearningTable& learning,
                         const data::Preprocessing& preprocessing, std::span<const std::uint32_t> train,
                         std::span<const std::uint32_t> rows) {
  LabelledRows selected =
      label_rows(preprocessing, learning.table, select_answers(learning.target, rows), flags.on_disk());
  set_weights(selected.answers, learning.weights, select_answers(learning.target, train).labels, flags.columns);
  return selected;
}

TrainingData read_training_data(const TrainFlags& flags) {
  TrainingData data(read_learning_table(flags));
  const data::Target& target = data.target;
  data.fractions = flags.fractions(target.rows.size());
  const data::Split split = split_rows(flags, target, data.fractions);
  data.preprocessing = fit_preprocessing(flags, data, split.train);
  if (flags.on_disk()) example_memory(flags, data, static_cast<std::size_t>(data.preprocessing.features()));
  const auto select = [&](const std::vector<std::uint32_t>& rows) {
    return select_rows(flags, data, data.preprocessing, split.train, rows);
  };
  data.train = select(split.train);
  data.validation = select(split.validation);
  if (flags.test_data.empty()) {
    data.test = select(split.test);
  } else {
    data.test_table =
        std::make_shared<data::Table>(flags.table.read_from(flags.test_data, flags.test_labels, flags.on_disk()));
    Answers answers = read_answers(*data.test_table, data.info, flags.trim_labels);
    data.test = label_rows(data.preprocessing, *data.test_table, std::move(answers), flags.on_disk());
  }
  write_notes(data, flags);
  if (flags.on_disk()) {
    data.target.labels = {};  // the parts have theirs
    data.target.values = {};
  }
  return data;
}

}  // namespace backprop::cli
