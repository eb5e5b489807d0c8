#include "backprop/model.hpp"

#include <mutex>

#include "backprop/device.hpp"
#include "backprop/error.hpp"
#include "backprop/operations.hpp"
#include "data/text_codes.hpp"
#include "formats/onnx.hpp"
#include "train/model_metadata.hpp"
#include "train/predictor.hpp"

namespace backprop {

struct Model::Body {
  ModelInfo info;
  Graph graph;
  Index output = -1;
  StateStore states;
  TextInputs text_inputs;
  // Predictors that nobody uses at the moment: each call takes one, or makes one, and gives it back.
  std::mutex mutex;
  std::vector<std::unique_ptr<Predictor>> idle;

  std::int64_t features() const { return static_cast<std::int64_t>(info.features.size()); }
  std::int64_t outputs() const {
    return static_cast<std::int64_t>(info.classes.empty() ? info.targets.size() : info.classes.size());
  }
  const Type& input(std::size_t i) const { return graph.info(graph.inputs()[i]).type; }
  const TextCodes* codes_of(std::size_t i) const {
    const auto it = text_inputs.find(graph.input_name(graph.inputs()[i]));
    return it == text_inputs.end() ? nullptr : &it->second;
  }

  void check(Value result) const {
    const auto refuse = [](const std::string& what, const Type& type, const std::string& needed) {
      throw Error("[model] " + what + " is " + to_string(type) + ", " + needed + " is needed");
    };
    const auto fits = [](const Type& type, std::int64_t width) {
      return type.shape.rank() == 2 && type.shape[1] == Dim(width);
    };
    const std::size_t inputs = graph.inputs().size();
    const bool columns = inputs != 1 || features() == 1;
    if (columns && inputs != info.features.size()) {
      throw Error("[model] the graph has " + std::to_string(inputs) + " inputs for " + std::to_string(features()) +
                  " features: one, or as many, are needed");
    }
    for (std::size_t i = 0; i < inputs; ++i) {
      const std::int64_t width = columns ? 1 : features();
      const bool known = input(i).dtype == float32 || (columns && input(i).dtype == int64);
      if (!known || !fits(input(i), width)) refuse("the input", input(i), "float32[B, " + std::to_string(width) + "]");
    }
    if (result.dtype() != float32 || !fits(result.type(), outputs())) {
      refuse("the output", result.type(), "float32[B, " + std::to_string(outputs()) + "]");
    }
  }

  std::unique_ptr<Predictor> take() {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        std::unique_ptr<Predictor> predictor = std::move(idle.back());
        idle.pop_back();
        return predictor;
      }
    }
    // One thread each: callers bring theirs, and a predictor of their own costs them no helper threads.
    return std::make_unique<Predictor>(graph.value(output), std::make_shared<StateStore>(states),
                                       std::make_shared<Device>(DeviceOptions{.threads = 1}));
  }
  void give_back(std::unique_ptr<Predictor> predictor) {
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(predictor));
  }
};

namespace {

// A raw column as the graph takes it.
Tensor encode(const Column& column, const Type& type, const TextCodes* codes, const std::string& name) {
  const auto refuse = [&](const std::string& needed) {
    throw Error("[predict] column '" + name + "': " + needed + " are needed");
  };
  return std::visit(
      [&]<class T>(const std::vector<T>& cells) {
        const Extents extents{static_cast<std::int64_t>(cells.size()), 1};
        if constexpr (std::is_same_v<T, std::string>) {
          if (codes == nullptr) refuse(type.dtype == int64 ? "days since 1970" : "numbers");
          const TextEncoder encoder(*codes);
          Tensor numbers(float64, extents);
          for (std::size_t r = 0; r < cells.size(); ++r) numbers.as<double>()[r] = encoder(cells[r]);
          return convert(numbers, type.dtype);
        } else {
          if (codes != nullptr) refuse("texts");
          if (dtype_of<T> != type.dtype) refuse(type.dtype == int64 ? "days since 1970" : "numbers");
          return Tensor::from<T>(extents, cells);
        }
      },
      column);
}

}  // namespace

Model::Model(ModelInfo info, const Graph& graph, Value output, const StateStore& states, TextInputs text_inputs)
    : body_(std::make_shared<Body>()) {
  body_->info = std::move(info);
  body_->graph = graph;
  body_->output = output.index;
  body_->text_inputs = std::move(text_inputs);
  for (const StateSpec& spec : graph.states()) body_->states.require(spec).tensor = states[spec.name];
  body_->check(output);
}

Model Model::load(const std::string& path) {
  ImportedModel file = load_onnx(path);
  const ModelInfo info = read_metadata(file.metadata, path);
  try {
    const std::string wanted = output_name(info.task);
    for (const NamedValue& output : file.outputs) {
      if (output.name != wanted || !output.texts.empty()) continue;
      return Model(info, file.graph, file.graph.value(output.value), file.store, std::move(file.text_inputs));
    }
    throw Error("[model] has no output '" + wanted + "'");
  } catch (const DataError&) {
    throw;
  } catch (const Error& error) {
    throw DataError(path + ": " + error.what());
  }
}

void Model::save(const std::string& path) const {
  std::vector<NamedValue> outputs{{output_name(body_->info.task), body_->output}};
  Graph graph = body_->graph;
  if (body_->info.task == Task::classification) {
    outputs.insert(outputs.begin(), {"label", argmax(graph.value(body_->output)).index, body_->info.classes});
  }
  save_onnx(path, graph, outputs, body_->states, write_metadata(body_->info), describe(body_->info),
            body_->text_inputs);
}

const ModelInfo& Model::info() const { return body_->info; }
std::size_t Model::outputs() const { return static_cast<std::size_t>(body_->outputs()); }
const Graph& Model::graph() const { return body_->graph; }
Value Model::output() const { return body_->graph.value(body_->output); }
const StateStore& Model::states() const { return body_->states; }
const TextInputs& Model::text_inputs() const { return body_->text_inputs; }

std::vector<float> Model::predict(std::span<const TensorView> inputs) const {
  const std::size_t count = body_->graph.inputs().size();
  if (inputs.size() != count) {
    throw Error("[predict] " + std::to_string(inputs.size()) + " inputs for a model of " + std::to_string(count));
  }
  for (const TensorView& input : inputs) {
    if (input.extents.size() == 2 && input.extents[0] == inputs[0].extents[0]) continue;
    throw Error("[predict] the inputs differ in their number of rows, or are no [rows, 1]");
  }
  std::unique_ptr<Predictor> predictor = body_->take();
  std::vector<float> predictions = predictor->run(inputs);
  body_->give_back(std::move(predictor));
  return predictions;
}

std::vector<float> Model::predict(std::span<const float> rows) const {
  const std::size_t features = body_->info.features.size();
  if (rows.size() % features != 0) {
    throw Error("[predict] " + std::to_string(rows.size()) + " numbers are no rows of " + std::to_string(features) +
                " features");
  }
  const auto count = static_cast<std::int64_t>(rows.size() / features);
  if (body_->graph.inputs().size() == 1 && body_->input(0).dtype == float32 && body_->codes_of(0) == nullptr) {
    // The plan only reads its inputs.
    const TensorView all{float32, {count, body_->features()}, const_cast<float*>(rows.data())};
    return predict(std::span(&all, 1));
  }
  std::vector<Column> columns;
  for (std::size_t f = 0; f < features; ++f) {
    std::vector<float> cells;
    for (std::size_t at = f; at < rows.size(); at += features) cells.push_back(rows[at]);
    columns.emplace_back(std::move(cells));
  }
  return predict(columns);
}

std::vector<float> Model::predict(std::span<const Column> columns) const {
  const ModelInfo& info = body_->info;
  if (columns.size() != info.features.size() || body_->graph.inputs().size() != columns.size()) {
    throw Error("[predict] " + std::to_string(columns.size()) + " columns for a model of " +
                std::to_string(body_->graph.inputs().size()) + " inputs");
  }
  std::vector<Tensor> tensors;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    tensors.push_back(encode(columns[c], body_->input(c), body_->codes_of(c), info.features[c]));
  }
  return predict(std::vector<TensorView>(tensors.begin(), tensors.end()));
}

Measures Model::measure(std::span<const float> rows, std::span<const std::int64_t> labels) const {
  return measure_classes(predict(rows), labels, outputs());
}

Measures Model::measure(std::span<const float> rows, std::span<const double> values) const {
  return measure_values(predict(rows), values);
}

}  // namespace backprop
