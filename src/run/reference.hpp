// The reference evaluation of a graph: one equation at a time by the operations' plain loops, in the graph's own types
// or on dual numbers. The oracle for every faster one. Thread safety: pure but for the store's new states.
#pragma once
#include <span>
#include <vector>

#include "backprop/graph.hpp"
#include "backprop/state.hpp"
#include "backprop/tensor.hpp"

namespace backprop {

// What the named sizes stand for, given the inputs' extents. Throws Error naming the input that does not fit.
Bindings bind_inputs(const Graph& graph, std::span<const TensorView> inputs);

// Values of `outputs` for the given inputs (in the order of Graph::inputs()). States are read from `store` (made there
// when new); updates are not applied.
std::vector<Tensor> evaluate_reference(const Graph& graph, std::span<const Value> outputs,
                                       std::span<const TensorView> inputs, StateStore& store);

// A value and its tangent.
struct DualTensor {
  Tensor value, tangent;
};
// Forward mode by dual numbers: `tangents[i]` of input i (an empty tensor of size 0 means zero) and `state_tangents` of
// states by name; everything floating is computed in float64.
std::vector<DualTensor> evaluate_dual(const Graph& graph, std::span<const Value> outputs,
                                      std::span<const TensorView> inputs, std::span<const Tensor> tangents,
                                      StateStore& store, const std::map<std::string, Tensor>& state_tangents = {});

}  // namespace backprop
