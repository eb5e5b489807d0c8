#include "backprop/model.hpp"

#include <mutex>

#include "backprop/device.hpp"
#include "backprop/error.hpp"
#include "formats/onnx.hpp"
#include "train/model_metadata.hpp"
#include "train/predictor.hpp"

namespace backprop {

struct Model::Body {
  ModelInfo info;
  Graph graph;
  Index output = -1;
  StateStore states;
  // Predictors that nobody uses at the moment: each call takes one, or makes one, and gives it back.
  std::mutex mutex;
  std::vector<std::unique_ptr<Predictor>> idle;

  std::int64_t features() const { return static_cast<std::int64_t>(info.features.size()); }
  std::int64_t outputs() const { return info.classes.empty() ? 1 : static_cast<std::int64_t>(info.classes.size()); }

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
    return std::make_unique<Predictor>(graph.value(output), features(), outputs(), std::make_shared<StateStore>(states),
                                       std::make_shared<Device>(DeviceOptions{.threads = 1}));
  }
  void give_back(std::unique_ptr<Predictor> predictor) {
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(predictor));
  }
};

Model::Model(ModelInfo info, const Graph& graph, Value output, const StateStore& states)
    : body_(std::make_shared<Body>()) {
  body_->info = std::move(info);
  body_->graph = graph;
  body_->output = output.index;
  for (const StateSpec& spec : graph.states()) body_->states.require(spec).tensor = states[spec.name];
  const std::vector<Index>& inputs = graph.inputs();
  const auto check = [](const Type& type, std::int64_t width, const std::string& what) {
    if (type.dtype == float32 && type.shape.rank() == 2 && type.shape[1] == Dim(width)) return;
    throw Error("[model] " + what + " is " + to_string(type) + ", float32[B, " + std::to_string(width) + "] is needed");
  };
  if (inputs.size() != 1) throw Error("[model] the graph has " + std::to_string(inputs.size()) + " inputs, not one");
  check(graph.info(inputs[0]).type, body_->features(), "the input");
  check(output.type(), body_->outputs(), "the output");
}

Model Model::load(const std::string& path) {
  ImportedModel file = load_onnx(path);
  const ModelInfo info = read_metadata(file.metadata, path);
  try {
    if (file.outputs.size() != 1) throw Error("[model] has " + std::to_string(file.outputs.size()) + " outputs");
    return Model(info, file.graph, file.graph.value(file.outputs[0].value), file.store);
  } catch (const DataError&) {
    throw;
  } catch (const Error& error) {
    throw DataError(path + ": " + error.what());
  }
}

void Model::save(const std::string& path) const {
  const std::string name = body_->info.task == Task::classification ? "probabilities" : "prediction";
  const NamedValue output{name, body_->output};
  save_onnx(path, body_->graph, std::span(&output, 1), body_->states, write_metadata(body_->info),
            describe(body_->info));
}

const ModelInfo& Model::info() const { return body_->info; }
std::size_t Model::outputs() const { return static_cast<std::size_t>(body_->outputs()); }
const Graph& Model::graph() const { return body_->graph; }
const StateStore& Model::states() const { return body_->states; }

std::vector<float> Model::predict(std::span<const float> rows) const {
  const std::size_t features = body_->info.features.size();
  if (rows.size() % features != 0) {
    throw Error("[predict] " + std::to_string(rows.size()) + " numbers are no rows of " + std::to_string(features) +
                " features");
  }
  std::unique_ptr<Predictor> predictor = body_->take();
  std::vector<float> predictions = predictor->run(rows);
  body_->give_back(std::move(predictor));
  return predictions;
}

Measures Model::measure(std::span<const float> rows, std::span<const std::int64_t> labels) const {
  return measure_classes(predict(rows), labels, outputs());
}

Measures Model::measure(std::span<const float> rows, std::span<const double> values) const {
  return measure_values(predict(rows), values);
}

}  // namespace backprop
