#include "cli/labelled_rows.hpp"

#include "backprop/error.hpp"

namespace backprop::cli {

void Answers::append(const Answers& more) {
  rows.insert(rows.end(), more.rows.begin(), more.rows.end());
  labels.insert(labels.end(), more.labels.begin(), more.labels.end());
  values.insert(values.end(), more.values.begin(), more.values.end());
  weights.insert(weights.end(), more.weights.begin(), more.weights.end());
  targets = more.targets;
  quantiles = more.quantiles;
}

Answers select_answers(const data::Target& target, std::span<const std::uint32_t> rows) {
  const std::size_t width = target.columns.size();
  Answers answers{
      .rows = {rows.begin(), rows.end()}, .labels = {}, .values = {}, .targets = width, .quantiles = target.quantiles};
  for (const std::uint32_t row : rows) {
    if (target.task == Task::classification) {
      answers.labels.push_back(target.labels[row]);
    } else {
      const auto first = target.values.begin() + static_cast<std::ptrdiff_t>(row * width);
      answers.values.insert(answers.values.end(), first, first + static_cast<std::ptrdiff_t>(width));
    }
  }
  return answers;
}

Answers read_answers(const data::Table& table, const ModelInfo& info, const std::string& trim_labels) {
  data::Target target;
  target.task = info.task;
  target.quantiles = info.quantiles;
  for (const std::string& name : info.targets) {
    target.columns.push_back(data::find_named_column(table, name, "the target"));
  }
  if (info.task == Task::classification) {
    target.labels = data::match_labels(table, target.columns[0], info.classes, trim_labels);
  } else {
    data::read_values(table, target);
  }
  data::find_known_rows(table, target);
  return select_answers(target, target.rows);
}

Measured measure(std::span<const float> predictions, const Answers& answers) {
  if (answers.rows.empty()) return {};
  if (!answers.quantiles.empty()) {
    std::vector<double> values;
    for (std::size_t i = 0; i < answers.values.size(); i += answers.targets) values.push_back(answers.values[i]);
    return measure_quantiles(predictions, values, answers.quantiles);
  }
  if (answers.labels.empty()) return measure_values_fully(predictions, answers.values);
  return measure_classes_fully(predictions, answers.labels, predictions.size() / answers.rows.size());
}

Measured measure(const Model& model, const LabelledRows& rows) {
  if (rows.inputs.rows == 0) return {};
  return measure(model.predict(rows.inputs.values), rows.answers);
}

}  // namespace backprop::cli
