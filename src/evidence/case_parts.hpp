// What the parts of the case table share: shapes to call an operation with and index arithmetic for hand-written
// formulas. Thread safety: pure functions.
#pragma once
#include "backprop/operations.hpp"
#include "evidence/operation_case.hpp"

namespace backprop::evidence {

// A function of up to three numbers.
using Pointwise = std::function<double(std::span<const double>)>;

// Calls `visit(index)` for every multi-index of `extents` in row-major order.
void for_each_index(const Extents& extents, const std::function<void(const Extents&)>& visit);
// Row-major place of a multi-index.
std::size_t place(const Extents& extents, const Extents& index);
// The element of an array that NumPy's broadcasting puts at a multi-index of the result.
double broadcast_at(const Array& array, const Extents& index);
// The extents that NumPy's broadcasting gives.
Extents broadcast_extents(std::span<const Array> arrays);
// Elementwise formula over broadcast arguments.
Formula pointwise(Pointwise f);

std::string shapes_label(const std::vector<Argument>& arguments);

// One argument: a vector, a scalar, size 1, size 0, named sizes.
void add_unary(std::vector<OperationCase>& cases, const std::string& operation, const std::string& label,
               const std::function<Value(Value)>& apply, double (*formula)(double), const Sampler& sampler);
// Two arguments: equal shapes and all ways to broadcast.
void add_binary(std::vector<OperationCase>& cases, const std::string& operation, Value (*apply)(Value, Value),
                double (*formula)(double, double), const Sampler& a, const Sampler& b);

}  // namespace backprop::evidence
