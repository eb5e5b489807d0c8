#include "cli/labelled_rows.hpp"

#include "backprop/error.hpp"
#include "train/subject.hpp"

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
  answers.labels.reserve(target.task == Task::classification ? rows.size() : 0);
  answers.values.reserve(target.task == Task::classification ? 0 : rows.size() * width);
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
  return measure(predict(model, rows), rows.answers);
}

LabelledRows label_rows(const data::Preprocessing& preprocessing, const data::Table& table, Answers answers,
                        bool on_disk) {
  if (!on_disk) return {preprocessing.apply(table, answers.rows), std::move(answers)};
  const auto columns = static_cast<std::size_t>(preprocessing.features());
  const auto file = std::make_shared<data::FeatureFile>(columns);
  preprocessing.apply(table, answers.rows, [&](std::span<const float> block) { file->append(block); });
  return {{answers.rows.size(), columns, {}}, std::move(answers), file};
}

Examples LabelledRows::examples() const {
  Examples examples{inputs.values, answers.labels, answers.values, answers.weights, answers.targets, answers.rows};
  if (!stored) return examples;
  examples.read = [file = stored](std::size_t first, std::span<float> to) { file->read(first, to); };
  examples.features = inputs.columns;
  return examples;
}

std::vector<float> LabelledRows::block(std::size_t first, std::size_t count) const {
  std::vector<float> values(count * inputs.columns);
  if (count > 0) read_inputs(examples(), first, values);
  return values;
}

void LabelledRows::each_block(const std::function<void(std::size_t, std::span<const float>)>& take) const {
  constexpr std::size_t most = 4096;
  for (std::size_t first = 0; first < inputs.rows; first += most) {
    take(first, block(first, std::min(most, inputs.rows - first)));
  }
}

std::vector<float> predict(const Model& model, const LabelledRows& rows) {
  std::vector<float> predictions;
  predictions.reserve(rows.inputs.rows * model.outputs());
  rows.each_block([&](std::size_t, std::span<const float> block) {
    const std::vector<float> some = model.predict(block);
    predictions.insert(predictions.end(), some.begin(), some.end());
  });
  return predictions;
}

}  // namespace backprop::cli
