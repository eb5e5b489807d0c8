// Differentiation, graph to graph: derivatives are appended to the same graph as ordinary equations, so that they can
// be differentiated again. Thread safety: as for Graph.
#pragma once
#include <span>
#include <vector>

#include "backprop/graph.hpp"

namespace backprop {

// Reverse mode: the cotangents of `arguments` given those of `outputs` (same types as the outputs). A zero constant
// where no output depends on the argument. Throws Error when an operation on the way has no derivative.
std::vector<Value> vjp(std::span<const Value> outputs, std::span<const Value> cotangents,
                       std::span<const Value> arguments);
// Forward mode: the tangents of `outputs` given those of `arguments`.
std::vector<Value> jvp(std::span<const Value> outputs, std::span<const Value> arguments,
                       std::span<const Value> tangents);
// d loss / d arguments of a scalar loss; throws Error when it is not scalar and floating.
std::vector<Value> gradient(Value loss, std::span<const Value> arguments);
Value gradient(Value loss, Value argument);
// H v, forward over reverse: as dear as two gradients (Pearlmutter 1994).
std::vector<Value> hessian_vector_product(Value loss, std::span<const Value> arguments, std::span<const Value> vectors);
// d output / d argument as [output's axes..., argument's axes...], by whichever mode has fewer passes. One side must
// have a number of elements known when the graph is built, and the graph grows with it.
Value jacobian(Value output, Value argument);
// Second derivatives of a scalar, [axes..., axes...].
Value hessian(Value loss, Value argument);

}  // namespace backprop
