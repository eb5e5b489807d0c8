#include "train/table_model.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include "backprop/error.hpp"
#include "backprop/operation.hpp"
#include "graph/leaves.hpp"

namespace backprop {
namespace {

// Appends what `output` needs of another graph, whose one input is `input`.
Value append(Graph& graph, const Graph& from, Value output, Value input) {
  std::map<Index, Value> values;
  for (const Equation& equation : from.equations()) {
    const LayerScope scope(graph, equation.layer);
    if (equation.operation == &input_operation) {
      values[equation.outputs[0]] = input;
    } else if (equation.operation == &state_operation) {
      values[equation.outputs[0]] = graph.state(Graph::state_spec(equation));
    } else {
      std::vector<Value> arguments;
      for (const Index i : equation.inputs) arguments.push_back(values.at(i));
      const std::vector<Value> results = graph.apply_all(*equation.operation, arguments, equation.attributes);
      for (std::size_t i = 0; i < results.size(); ++i) values[equation.outputs[i]] = results[i];
    }
  }
  return values.at(output.index);
}

std::vector<data::RawColumn> numbers(const std::vector<std::string>& names) {
  std::vector<data::RawColumn> columns;
  std::ranges::transform(names, std::back_inserter(columns),
                         [](const std::string& name) { return data::RawColumn{.name = name}; });
  return columns;
}

// The description is data of the file: it must say of each column what its input is.
void check(const Model& model, const std::vector<data::RawColumn>& columns) {
  const auto refuse = [](const std::string& what) {
    throw DataError("the model's description of its preprocessing does not fit its inputs: " + what);
  };
  const Graph& graph = model.graph();
  if (columns.size() != graph.inputs().size()) {
    if (model.info().preprocessing.empty() && graph.inputs().size() == 1) return;
    refuse(std::to_string(columns.size()) + " columns, " + std::to_string(graph.inputs().size()) + " inputs");
  }
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const bool text = model.text_inputs().contains(graph.input_name(graph.inputs()[c]));
    const bool fits = graph.info(graph.inputs()[c]).type.dtype == columns[c].dtype &&
                      text == (columns[c].type == data::ColumnType::text) &&
                      columns[c].name == model.info().features[c];
    if (!fits) refuse("column '" + columns[c].name + "'");
  }
}

}  // namespace

Model with_preprocessing(const data::Preprocessing& preprocessing, const Model& network) {
  Graph graph;
  const Value features = preprocessing.write(graph);
  const Value output = append(graph, network.graph(), network.output(), features);
  ModelInfo info = network.info();
  info.features.clear();
  for (const data::PreparedColumn& column : preprocessing.columns()) info.features.push_back(column.raw.name);
  info.preprocessing = preprocessing.to_json();
  return Model(std::move(info), graph, output, network.states(), preprocessing.text_inputs());
}

TablePredictor::TablePredictor(Model model) : model_(std::move(model)) {
  const ModelInfo& info = model_.info();
  if (!info.preprocessing.empty()) {
    preprocessing_ = data::Preprocessing::from_json(info.preprocessing, model_.text_inputs());
  }
  std::vector<data::RawColumn> columns =
      info.preprocessing.empty() ? numbers(info.features) : preprocessing_.raw_columns();
  check(model_, columns);
  columns_ = std::make_shared<data::RawColumns>(std::move(columns));
}

std::vector<float> TablePredictor::predict(const data::Table& table, std::span<const std::uint32_t> rows) const {
  const std::vector<Tensor> cells = columns_->read(table, rows);
  if (cells.size() == model_.graph().inputs().size()) {
    return model_.predict(std::vector<TensorView>(cells.begin(), cells.end()));
  }
  std::vector<float> matrix(rows.size() * cells.size());  // of a model that takes all its features as one
  for (std::size_t c = 0; c < cells.size(); ++c) {
    for (std::size_t r = 0; r < rows.size(); ++r) {
      matrix[r * cells.size() + c] = static_cast<const float*>(cells[c].data())[r];
    }
  }
  return model_.predict(std::span<const float>(matrix));
}

}  // namespace backprop
