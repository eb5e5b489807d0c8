// The Jacobian of numbers that each depend on one row of the inputs. Thread safety: as for Graph.
#pragma once
#include <span>

#include "backprop/graph.hpp"

namespace backprop {

// d y[b] / d parameters as [B, elements of all parameters], of y [B, 1]: one reverse pass for all rows, since what a
// parameter does to a row is an outer product (Goodfellow, "Efficient Per-Example Gradient Computations", 2015).
// Appends to the graph. Throws Error for a parameter that is used otherwise than as dense() uses its weight and bias.
Value row_jacobian(Value y, std::span<const Value> parameters);

}  // namespace backprop
