// The operations' constants, for those who must recognise one (rules, planner, exporters). catalogue.cpp lists them
// all. Thread safety: constants.
#pragma once
#include "backprop/operations.hpp"
#include "graph/leaves.hpp"

namespace backprop::ops {

extern const Operation negate, abs, sign, exp, expm1, log, log1p, sqrt, reciprocal, square, sin, cos, tan, asin, acos,
    atan, sinh, cosh, tanh, erf, floor, ceil, round, add, subtract, multiply, divide, power, maximum, minimum,
    multiply_add, clip;
extern const Operation sigmoid, softplus, softsign, relu, leaky_relu, prelu, elu, celu, selu, gelu, gelu_tanh, silu,
    mish, hard_sigmoid, hard_swish;
extern const Operation equal, not_equal, less, less_equal, greater, greater_equal, logical_and, logical_or, logical_xor,
    logical_not, where, cast, stop_gradient;
extern const Operation sum, mean, reduce_max, reduce_min, prod, exclusive_product, logsumexp, argmax;
extern const Operation broadcast, reshape, transpose, slice, pad, concat, split, gather, scatter_add, one_hot, range;
extern const Operation matmul, softmax, log_softmax, softmax_cross_entropy;
extern const Operation random_uniform, random_normal, random_bernoulli;

// Applies a two-argument elementwise operation after broadcasting its arguments.
Value apply_broadcast(const Operation& operation, Value a, Value b);
// A constant of x's type.
Value constant_like(Value x, double value);
// 1 where the condition holds, else 0, in x's element type.
Value mask_like(Value condition, Value x);

// An array seen as [outer, length, inner] around the axes [begin, end).
struct AxisView {
  std::int64_t outer = 1, length = 1, inner = 1;
};
AxisView view_axes(const Extents& extents, int begin, int end);

}  // namespace backprop::ops
