// A graph written anew, equation by equation, from another one. Thread safety: as for Graph.
#pragma once
#include <vector>

#include "graph/leaves.hpp"
#include "plan/simplify.hpp"

namespace backprop {

class Rewriter {
 public:
  explicit Rewriter(const Graph& from) : values_(static_cast<std::size_t>(from.size())) {}

  Graph graph;

  // The new value of an old one.
  Value operator[](Index old) const { return values_[static_cast<std::size_t>(old)]; }
  void set(Index old, Value value) { values_[static_cast<std::size_t>(old)] = value; }
  std::vector<Value> arguments(const Equation& equation) const {
    std::vector<Value> list;
    for (const Index i : equation.inputs) list.push_back((*this)[i]);
    return list;
  }

  // Writes the equation as it is.
  void copy(const Equation& equation) {
    const LayerScope scope(graph, equation.layer);
    const std::vector<Value> outputs = graph.apply_all(*equation.operation, arguments(equation), equation.attributes);
    for (std::size_t k = 0; k < outputs.size(); ++k) set(equation.outputs[k], outputs[k]);
  }

  // What has been written, with the outputs and updates of the old graph renamed.
  Simplified finish(const std::vector<Index>& outputs, const std::vector<Update>& updates) {
    Simplified result;
    for (const Index v : outputs) result.outputs.push_back((*this)[v].index);
    for (const Update& u : updates) result.updates.push_back({u.state, (*this)[u.value].index});
    result.graph = std::move(graph);
    return result;
  }

 private:
  std::vector<Value> values_;
};

}  // namespace backprop
