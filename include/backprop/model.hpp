// A trained model: preprocessing, network and the names of what goes in and comes out. It is saved as one ONNX file
// that needs nothing else. Thread safety: a Model is a handle that may be copied; every member function is const and
// safe from many threads at once.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backprop/graph.hpp"
#include "backprop/measures.hpp"
#include "backprop/state.hpp"
#include "backprop/task.hpp"

namespace backprop {

// What a model file says of itself.
struct ModelInfo {
  Task task = Task::regression;
  std::vector<std::string> features;  // names of the input columns, in the order of the inputs
  std::string target;                 // name of the predicted column
  std::vector<std::string> classes;   // names of the classes, in the order of the outputs; empty for regression
};

class Model {
 public:
  // `output` is a value of `graph`, a function of its only input [B, features]: probabilities [B, classes], or values
  // [B, 1]. Copies the graph, and of `states` those that the output needs. Throws Error when shapes and names differ.
  Model(ModelInfo info, const Graph& graph, Value output, const StateStore& states);

  // Throws DataError when the file is not a model that save() wrote.
  static Model load(const std::string& path);
  // Writes the file whole or not at all; the same model gives the same bytes. Throws Error naming the path.
  void save(const std::string& path) const;

  const ModelInfo& info() const;
  std::size_t outputs() const;  // numbers predicted for a row: one a class, or 1

  // Rows of raw features, [rows, features] row-major; gives [rows, outputs]: probabilities that sum to 1, or values in
  // the target's own units. Throws Error when the size is no multiple of the number of features.
  std::vector<float> predict(std::span<const float> rows) const;
  Measures measure(std::span<const float> rows, std::span<const std::int64_t> labels) const;
  Measures measure(std::span<const float> rows, std::span<const double> values) const;

  // The computation from raw features to predictions, and the parameters it reads.
  const Graph& graph() const;
  const StateStore& states() const;

 private:
  struct Body;
  std::shared_ptr<Body> body_;
};

}  // namespace backprop
