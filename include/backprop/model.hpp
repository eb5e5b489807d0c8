// A trained model: preprocessing, network and the names of what goes in and comes out. It is saved as one ONNX file
// that needs nothing else. Thread safety: a Model is a handle that may be copied; every member function is const and
// safe from many threads at once.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "backprop/graph.hpp"
#include "backprop/measures.hpp"
#include "backprop/state.hpp"
#include "backprop/task.hpp"
#include "backprop/tensor.hpp"
#include "backprop/text_codes.hpp"

namespace backprop {

// What a model file says of itself.
struct ModelInfo {
  Task task = Task::regression;
  std::vector<std::string> features = {};  // names of the input columns, in the order of the inputs
  std::vector<std::string> targets = {};   // names of the predicted columns: one, or several that are numbers
  std::vector<std::string> classes = {};   // names of the classes, in the order of the outputs; empty for regression
  // Ascending, where these quantiles of a number are predicted instead of its mean; or empty. Its name stands in
  // `targets` once for each.
  std::vector<double> quantiles = {};
  std::string preprocessing = {};  // of models of raw columns: how they become features, as JSON
};

// The cells of one raw column: numbers (NaN where missing), days since 1970-01-01 (the least int64 where missing), or
// texts (empty where missing).
using Column = std::variant<std::vector<float>, std::vector<std::int64_t>, std::vector<std::string>>;

class Model {
 public:
  // `output` is a value of `graph`, a function of its inputs: probabilities [B, classes], or values [B, targets]. The
  // inputs are one float32 [B, features], or one [B, 1] a feature: float32, or int64 for days and codes of texts. Copies
  // the graph, and of `states` those that the output needs. Throws Error when shapes and names differ.
  Model(ModelInfo info, const Graph& graph, Value output, const StateStore& states, TextInputs text_inputs = {});

  // Throws DataError when the file is not a model that save() wrote.
  static Model load(const std::string& path);
  // Writes the file whole or not at all; the same model gives the same bytes. Throws Error naming the path.
  void save(const std::string& path) const;

  const ModelInfo& info() const;
  std::size_t outputs() const;  // numbers predicted for a row: one a class, or one a target

  // Rows of raw features, [rows, features] row-major; gives [rows, outputs]: probabilities that sum to 1, or values in
  // the target's own units. Throws Error when the size is no multiple of the number of features, or when the model takes
  // columns that are not all numbers.
  std::vector<float> predict(std::span<const float> rows) const;
  // The same of raw columns, one a feature, in their order. Throws Error for a column of the wrong type or length.
  std::vector<float> predict(std::span<const Column> columns) const;
  // The same of the graph's inputs as they are, texts as their codes.
  std::vector<float> predict(std::span<const TensorView> inputs) const;
  Measures measure(std::span<const float> rows, std::span<const std::int64_t> labels) const;
  Measures measure(std::span<const float> rows, std::span<const double> values) const;

  // The computation from raw features to predictions, and the parameters it reads.
  const Graph& graph() const;
  Value output() const;
  const StateStore& states() const;
  const TextInputs& text_inputs() const;

 private:
  struct Body;
  std::shared_ptr<Body> body_;
};

}  // namespace backprop
