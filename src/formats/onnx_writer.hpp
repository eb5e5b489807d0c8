// What an export rule writes with: nodes, constants and shapes of one ONNX graph. Thread safety: none; a writer lives
// in one thread.
#pragma once
#include <map>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "backprop/graph.hpp"

namespace backprop_onnx {
class GraphProto;
class NodeProto;
}  // namespace backprop_onnx

namespace backprop {

using Names = std::vector<std::string>;
// An attribute of a node: INT, FLOAT (float32, as ONNX has it), INTS, FLOATS, STRING or STRINGS.
using OnnxAttribute = std::variant<std::int64_t, float, Integers, std::vector<float>, std::string, Names>;
using OnnxAttributes = std::vector<std::pair<std::string, OnnxAttribute>>;
// The second domain of operators, whose names are written with it: "ai.onnx.ml.LabelEncoder".
inline const std::string onnx_ml = "ai.onnx.ml";

class OnnxWriter {
 public:
  OnnxWriter(const Graph& graph, backprop_onnx::GraphProto& proto) : graph_(graph), proto_(proto) {}

  const Graph& graph() const { return graph_; }
  // A name that no other value has: `wish`, or with a number behind it.
  std::string unique(const std::string& wish);
  void set_name(Index value, std::string name) { names_[value] = std::move(name); }
  bool has_name(Index value) const { return names_.contains(value); }
  // The name of a value; one that has none yet gets one.
  const std::string& name_of(Index value);
  Names names_of(std::span<const Index> values);
  const Type& type(Index value) const { return graph_.info(value).type; }

  // A node with the outputs named, and one that names its one output itself and returns the name.
  void write(const std::string& type, const Names& inputs, const Names& outputs, const OnnxAttributes& attributes = {});
  std::string node(const std::string& type, const Names& inputs, const OnnxAttributes& attributes = {});
  // Names of constants, each written once.
  std::string constant(const Tensor& tensor);
  std::string number(double value, DType dtype);  // a scalar
  std::string integers(const Integers& list);     // int64 [n]
  // The extents of a shape as int64 [rank], computed from the inputs where sizes are named.
  std::string shape(const Shape& shape);
  std::string dimension(const Dim& dim);  // int64 [1]
  std::string extent(const Dim& dim);     // the same as a scalar

  // The layer whose equation is being written: it stands before the names of nodes.
  void set_layer(const std::string& layer) { layer_ = layer; }

 private:
  std::string size(const std::string& name);

  const Graph& graph_;
  backprop_onnx::GraphProto& proto_;
  std::string layer_;
  std::map<Index, std::string> names_;
  std::set<std::string> taken_;
  std::map<std::string, int> counters_;
  std::map<std::string, std::string> constants_;  // by dtype, extents and bytes
  std::map<std::string, std::string> sizes_;      // by text of the dimension
};

// Writes the nodes of one equation. Throws Error when it has no ONNX form. `inputs` are its arguments' values with
// broadcasts left out where ONNX's operators broadcast by themselves.
void export_equation(OnnxWriter& writer, const Equation& equation, std::span<const Index> inputs);
void export_elementwise(OnnxWriter& writer, const Equation& equation, const Names& inputs, const std::string& output);

}  // namespace backprop
