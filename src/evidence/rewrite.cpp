#include "evidence/rewrite.hpp"

#include "graph/leaves.hpp"

namespace backprop::evidence {
namespace {

using Substitute = std::function<const Operation*(const Operation*)>;
using Translate = std::function<Attributes(const Attributes&)>;

std::unique_ptr<Graph> copy(const Graph& from, const Substitute& substitute, const Translate& translate) {
  auto to = std::make_unique<Graph>();
  for (const Equation& equation : from.equations()) {
    const LayerScope layer(*to, equation.layer);
    std::vector<Value> inputs;
    for (const Index index : equation.inputs) inputs.push_back(to->value(index));
    to->apply_all(*substitute(equation.operation), inputs, translate(equation.attributes));
  }
  for (const Update& update : from.updates()) {
    for (const Equation& equation : from.equations()) {
      if (equation.operation != &state_operation || equation.attributes.text("name") != update.state) continue;
      to->update(to->value(equation.outputs[0]), to->value(update.value));
    }
  }
  return to;
}

}  // namespace

std::unique_ptr<Graph> copy_of(const Graph& graph) {
  return copy(
      graph, [](const Operation* operation) { return operation; },
      [](const Attributes& attributes) { return attributes; });
}

std::unique_ptr<Graph> with_operation(const Graph& graph, const Operation& from, const Operation& to) {
  return copy(
      graph, [&](const Operation* operation) { return operation == &from ? &to : operation; },
      [](const Attributes& attributes) { return attributes; });
}

std::unique_ptr<Graph> in_float32(const Graph& graph) {
  return copy(
      graph, [](const Operation* operation) { return operation; },
      [](const Attributes& attributes) {
        Attributes result = attributes;
        for (const auto& [name, value] : attributes) {
          if (const DType* dtype = value.get_if<DType>(); dtype && *dtype == DType::float64) {
            result.set(name, DType::float32);
          } else if (const Tensor* tensor = value.get_if<Tensor>(); tensor && tensor->dtype() == DType::float64) {
            result.set(name, convert(*tensor, DType::float32));
          }
        }
        return result;
      });
}

}  // namespace backprop::evidence
