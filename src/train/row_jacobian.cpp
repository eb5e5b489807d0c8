#include "train/row_jacobian.hpp"

#include <algorithm>
#include <string_view>

#include "backprop/gradient.hpp"
#include "backprop/operation.hpp"
#include "backprop/operations.hpp"

namespace backprop {
namespace {

// The only equation that reads the parameter: x W, or b for every row.
const Equation& use_of(Value parameter) {
  const Equation* use = nullptr;
  int uses = 0;
  for (const Equation& equation : parameter.graph->equations()) {
    if (std::ranges::find(equation.inputs, parameter.index) == equation.inputs.end()) continue;
    use = &equation;
    ++uses;
  }
  const std::string_view name = uses == 1 ? use->operation->name : "";
  const bool weight = name == "matmul" && use->inputs[1] == parameter.index && parameter.shape().rank() == 2 &&
                      use->attributes.integer("transpose_a") == 0 && use->attributes.integer("transpose_b") == 0;
  if (!weight && name != "broadcast")
    throw Error("[row_jacobian] a parameter is neither a weight nor a bias of dense()");
  return *use;
}

}  // namespace

Value row_jacobian(Value y, std::span<const Value> parameters) {
  Graph& graph = *y.graph;
  std::vector<Value> used;
  for (const Value& parameter : parameters) used.push_back(graph.value(use_of(parameter).outputs[0]));
  const std::vector<Value> gradients = gradient(sum(y), used);
  const Dim rows = y.shape()[0];
  std::vector<Value> parts;
  for (std::size_t k = 0; k < used.size(); ++k) {
    const Equation& use = graph.equation_of(used[k].index);
    const Shape& shape = used[k].shape();
    const std::int64_t units = shape[1].number();
    if (use.inputs.size() == 1) {
      parts.push_back(gradients[k]);
      continue;
    }
    const Value x = graph.value(use.inputs[0]);
    const std::int64_t inputs = x.shape()[1].number();
    const Value products = reshape(x, {rows, inputs, 1}) * reshape(gradients[k], {rows, 1, units});
    parts.push_back(reshape(products, {rows, inputs * units}));
  }
  return parts.size() == 1 ? parts[0] : concat(parts, 1);
}

}  // namespace backprop
