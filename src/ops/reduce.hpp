// What reductions over neighbouring axes share. Attributes: axes (a run), keep_axes. Thread safety: pure functions.
#pragma once
#include "ops/ops.hpp"

namespace backprop::ops {

std::vector<Type> infer_reduction(const Operation&, std::span<const Type> in, const Attributes& attributes);
// The argument as [outer, length, inner] around the reduced axes.
AxisView reduced(const ReferenceCall& call);
// A value of the result's shape, broadcast back to the argument's.
Value restore(const RuleContext& c, Value reduced);
// The sum over the same axes.
Value reduce_like(const RuleContext& c, Value x);
// Any axes, in any order, negative too: one equation for each run of neighbours.
Value apply_reduction(const Operation& operation, Value x, Integers axes, bool keep_axes);

}  // namespace backprop::ops
