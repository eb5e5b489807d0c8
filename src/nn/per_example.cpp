#include "backprop/per_example.hpp"

#include <algorithm>
#include <cstring>

#include "backprop/gradient.hpp"

namespace backprop {

PerExampleGradients::PerExampleGradients(Value loss, std::span<const Value> parameters, const CompileOptions& options)
    : gradients_(compile(gradient(loss, parameters), options)) {
  for (const Value& p : parameters) parameters_.push_back(p.type());
  const Graph& graph = *loss.graph;
  const Dim* batch = nullptr;
  for (const Index i : graph.inputs()) {
    const Shape& shape = graph.info(i).type.shape;
    const bool named = shape.rank() > 0 && shape[0].factor() == 1 && shape[0].names().size() == 1;
    if (named && !batch) batch = &shape[0];
    of_examples_.push_back(named && shape[0] == *batch);
  }
  if (!batch) throw UsageError("[per_example] no input has a first axis of a named size, the number of examples");
}

std::vector<Tensor> PerExampleGradients::run(std::span<const TensorView> inputs) {
  std::int64_t examples = -1;
  for (std::size_t k = 0; k < std::min(inputs.size(), of_examples_.size()); ++k) {
    if (!of_examples_[k] || inputs[k].extents.empty()) continue;
    const std::int64_t n = inputs[k].extents[0];
    if (examples >= 0 && n != examples) {
      throw Error("[per_example] inputs of " + std::to_string(examples) + " and of " + std::to_string(n) + " examples");
    }
    examples = n;
  }
  std::vector<Tensor> results;
  for (const Type& type : parameters_) {
    Extents extents = type.shape.bind({});
    extents.insert(extents.begin(), std::max<std::int64_t>(examples, 0));
    results.emplace_back(type.dtype, extents);
  }
  std::vector<TensorView> one(inputs.begin(), inputs.end());
  for (std::int64_t i = 0; i < examples; ++i) {
    for (std::size_t k = 0; k < one.size() && k < of_examples_.size(); ++k) {
      if (!of_examples_[k] || inputs[k].extents.empty()) continue;
      one[k].extents[0] = 1;
      one[k].data =
          static_cast<std::byte*>(inputs[k].data) + static_cast<std::size_t>(i * one[k].size()) * size_of(one[k].dtype);
    }
    gradients_.run(one);
    for (std::size_t k = 0; k < results.size(); ++k) {
      const std::size_t bytes = results[k].bytes() / static_cast<std::size_t>(examples);
      std::memcpy(static_cast<std::byte*>(results[k].data()) + static_cast<std::size_t>(i) * bytes,
                  gradients_.output(static_cast<int>(k)).data, bytes);
    }
  }
  return results;
}

}  // namespace backprop
