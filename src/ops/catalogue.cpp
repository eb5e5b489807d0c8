// The functions that apply elementwise operations, and the catalogue.
#include "ops/ops.hpp"

namespace backprop {
namespace {

Value apply(const Operation& operation, Value x, Attributes attributes = {}) {
  if (!x.valid()) throw Error("[" + std::string(operation.name) + "] a value that was never given is used");
  return x.graph->apply(operation, {x}, std::move(attributes));
}

}  // namespace

Value negate(Value x) { return apply(ops::negate, x); }
Value abs(Value x) { return apply(ops::abs, x); }
Value sign(Value x) { return apply(ops::sign, x); }
Value exp(Value x) { return apply(ops::exp, x); }
Value expm1(Value x) { return apply(ops::expm1, x); }
Value log(Value x) { return apply(ops::log, x); }
Value log1p(Value x) { return apply(ops::log1p, x); }
Value sqrt(Value x) { return apply(ops::sqrt, x); }
Value reciprocal(Value x) { return apply(ops::reciprocal, x); }
Value square(Value x) { return apply(ops::square, x); }
Value sin(Value x) { return apply(ops::sin, x); }
Value cos(Value x) { return apply(ops::cos, x); }
Value tan(Value x) { return apply(ops::tan, x); }
Value asin(Value x) { return apply(ops::asin, x); }
Value acos(Value x) { return apply(ops::acos, x); }
Value atan(Value x) { return apply(ops::atan, x); }
Value sinh(Value x) { return apply(ops::sinh, x); }
Value cosh(Value x) { return apply(ops::cosh, x); }
Value tanh(Value x) { return apply(ops::tanh, x); }
Value erf(Value x) { return apply(ops::erf, x); }
Value floor(Value x) { return apply(ops::floor, x); }
Value ceil(Value x) { return apply(ops::ceil, x); }
Value round(Value x) { return apply(ops::round, x); }
Value sigmoid(Value x) { return apply(ops::sigmoid, x); }
Value softplus(Value x) { return apply(ops::softplus, x); }
Value softsign(Value x) { return apply(ops::softsign, x); }
Value relu(Value x) { return apply(ops::relu, x); }
Value selu(Value x) { return apply(ops::selu, x); }
Value gelu(Value x) { return apply(ops::gelu, x); }
Value gelu_tanh(Value x) { return apply(ops::gelu_tanh, x); }
Value silu(Value x) { return apply(ops::silu, x); }
Value mish(Value x) { return apply(ops::mish, x); }
Value hard_swish(Value x) { return apply(ops::hard_swish, x); }
Value logical_not(Value x) { return apply(ops::logical_not, x); }
Value stop_gradient(Value x) { return apply(ops::stop_gradient, x); }

Value add(Value a, Value b) { return ops::apply_broadcast(ops::add, a, b); }
Value subtract(Value a, Value b) { return ops::apply_broadcast(ops::subtract, a, b); }
Value multiply(Value a, Value b) { return ops::apply_broadcast(ops::multiply, a, b); }
Value divide(Value a, Value b) { return ops::apply_broadcast(ops::divide, a, b); }
Value power(Value a, Value b) { return ops::apply_broadcast(ops::power, a, b); }
Value maximum(Value a, Value b) { return ops::apply_broadcast(ops::maximum, a, b); }
Value minimum(Value a, Value b) { return ops::apply_broadcast(ops::minimum, a, b); }
Value prelu(Value x, Value slope) { return ops::apply_broadcast(ops::prelu, x, slope); }
Value equal(Value a, Value b) { return ops::apply_broadcast(ops::equal, a, b); }
Value not_equal(Value a, Value b) { return ops::apply_broadcast(ops::not_equal, a, b); }
Value less(Value a, Value b) { return ops::apply_broadcast(ops::less, a, b); }
Value less_equal(Value a, Value b) { return ops::apply_broadcast(ops::less_equal, a, b); }
Value greater(Value a, Value b) { return ops::apply_broadcast(ops::greater, a, b); }
Value greater_equal(Value a, Value b) { return ops::apply_broadcast(ops::greater_equal, a, b); }
Value logical_and(Value a, Value b) { return ops::apply_broadcast(ops::logical_and, a, b); }
Value logical_or(Value a, Value b) { return ops::apply_broadcast(ops::logical_or, a, b); }
Value logical_xor(Value a, Value b) { return ops::apply_broadcast(ops::logical_xor, a, b); }

Value leaky_relu(Value x, double alpha) { return apply(ops::leaky_relu, x, {{"alpha", alpha}}); }
Value elu(Value x, double alpha) { return apply(ops::elu, x, {{"alpha", alpha}}); }
Value celu(Value x, double alpha) { return apply(ops::celu, x, {{"alpha", alpha}}); }
Value hard_sigmoid(Value x, double alpha, double beta) {
  return apply(ops::hard_sigmoid, x, {{"alpha", alpha}, {"beta", beta}});
}
Value clip(Value x, double low, double high) { return apply(ops::clip, x, {{"low", low}, {"high", high}}); }
Value cast(Value x, DType dtype) { return x.dtype() == dtype ? x : apply(ops::cast, x, {{"to", dtype}}); }

Value multiply_add(Value a, Value b, Value c) {
  const Shape shape =
      broadcast_shapes(broadcast_shapes(a.shape(), b.shape(), "multiply_add"), c.shape(), "multiply_add");
  return a.graph->apply(ops::multiply_add, {broadcast(a, shape), broadcast(b, shape), broadcast(c, shape)});
}

Value where(Value condition, Value a, Value b) {
  const Shape shape = broadcast_shapes(broadcast_shapes(a.shape(), b.shape(), "where"), condition.shape(), "where");
  return a.graph->apply(ops::where, {broadcast(condition, shape), broadcast(a, shape), broadcast(b, shape)});
}

Value scalar_like(Value x, double number) {
  if (!x.valid()) throw Error("[constant] a value that was never given is used");
  return x.graph->constant(number, x.dtype());
}

std::span<const Operation* const> catalogue() {
  static constexpr const Operation* all[] = {&input_operation,
                                             &state_operation,
                                             &constant_operation,
                                             &dimension_operation,
                                             &ops::negate,
                                             &ops::abs,
                                             &ops::sign,
                                             &ops::exp,
                                             &ops::expm1,
                                             &ops::log,
                                             &ops::log1p,
                                             &ops::sqrt,
                                             &ops::reciprocal,
                                             &ops::square,
                                             &ops::sin,
                                             &ops::cos,
                                             &ops::tan,
                                             &ops::asin,
                                             &ops::acos,
                                             &ops::atan,
                                             &ops::sinh,
                                             &ops::cosh,
                                             &ops::tanh,
                                             &ops::erf,
                                             &ops::floor,
                                             &ops::ceil,
                                             &ops::round,
                                             &ops::add,
                                             &ops::subtract,
                                             &ops::multiply,
                                             &ops::divide,
                                             &ops::power,
                                             &ops::maximum,
                                             &ops::minimum,
                                             &ops::multiply_add,
                                             &ops::clip,
                                             &ops::sigmoid,
                                             &ops::softplus,
                                             &ops::softsign,
                                             &ops::relu,
                                             &ops::leaky_relu,
                                             &ops::prelu,
                                             &ops::elu,
                                             &ops::celu,
                                             &ops::selu,
                                             &ops::gelu,
                                             &ops::gelu_tanh,
                                             &ops::silu,
                                             &ops::mish,
                                             &ops::hard_sigmoid,
                                             &ops::hard_swish,
                                             &ops::equal,
                                             &ops::not_equal,
                                             &ops::less,
                                             &ops::less_equal,
                                             &ops::greater,
                                             &ops::greater_equal,
                                             &ops::logical_and,
                                             &ops::logical_or,
                                             &ops::logical_xor,
                                             &ops::logical_not,
                                             &ops::where,
                                             &ops::cast,
                                             &ops::stop_gradient,
                                             &ops::sum,
                                             &ops::mean,
                                             &ops::reduce_max,
                                             &ops::reduce_min,
                                             &ops::prod,
                                             &ops::exclusive_product,
                                             &ops::logsumexp,
                                             &ops::argmax,
                                             &ops::broadcast,
                                             &ops::reshape,
                                             &ops::transpose,
                                             &ops::slice,
                                             &ops::pad,
                                             &ops::concat,
                                             &ops::split,
                                             &ops::gather,
                                             &ops::scatter_add,
                                             &ops::one_hot,
                                             &ops::range,
                                             &ops::matmul,
                                             &ops::softmax,
                                             &ops::log_softmax,
                                             &ops::softmax_cross_entropy,
                                             &ops::random_uniform,
                                             &ops::random_normal,
                                             &ops::random_bernoulli};
  return all;
}

}  // namespace backprop
