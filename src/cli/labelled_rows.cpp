#include "cli/labelled_rows.hpp"

#include "backprop/error.hpp"

namespace backprop::cli {

LabelledRows select_rows(const data::Matrix& inputs, const data::Target& target, std::span<const std::uint32_t> rows) {
  LabelledRows selected{data::select_rows(inputs, rows), {}, {}};
  for (const std::uint32_t row : rows) {
    if (target.task == Task::classification) {
      selected.labels.push_back(target.labels[row]);
    } else {
      selected.values.push_back(target.values[row]);
    }
  }
  return selected;
}

LabelledRows read_labelled(const data::Table& table, const ModelInfo& info) {
  LabelledRows rows{data::read_features(table, info.features), {}, {}};
  const std::size_t column = data::find_named_column(table, info.target, "the target");
  if (info.task == Task::classification) {
    rows.labels = data::match_labels(table, column, info.classes);
  } else {
    rows.values = data::read_numbers(table, column);
  }
  return rows;
}

Measures measure(const Model& model, const LabelledRows& rows) {
  if (rows.inputs.rows == 0) return {};
  return rows.labels.empty() ? model.measure(rows.inputs.values, rows.values)
                             : model.measure(rows.inputs.values, rows.labels);
}

}  // namespace backprop::cli
