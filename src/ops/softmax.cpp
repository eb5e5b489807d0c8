// Log of a sum of exponentials, softmax and its logarithm, each with the maximum taken out so that nothing overflows.
#include <cmath>
#include <limits>

#include "base/dispatch.hpp"
#include "ops/reduce.hpp"

namespace backprop {
namespace {

using C = const RuleContext&;

// A strided row's maximum m, and sum e^(x - m).
template <class T> struct RowSum {
  double largest = 0;
  T total = T(0);
};
template <class T> RowSum<T> sum_row(const T* row, std::int64_t length, std::int64_t stride) {
  T largest = T(-std::numeric_limits<double>::infinity());
  for (std::int64_t r = 0; r < length; ++r) largest = math::where(row[r * stride] > largest, row[r * stride], largest);
  // Taken out as a constant: the derivative does not pass through the maximum. A row of -inf gives -inf, of +inf inf.
  RowSum<T> sum;
  sum.largest = static_cast<double>(largest);
  if (!std::isfinite(sum.largest)) sum.largest = 0;
  for (std::int64_t r = 0; r < length; ++r) sum.total = sum.total + math::exp(row[r * stride] - T(sum.largest));
  return sum;
}

void run_logsumexp(const ReferenceCall& call) {
  const ops::AxisView view = ops::reduced(call);
  dispatch_floating(call.inputs[0].dtype, [&]<class T>() {
    const T* const from = call.inputs[0].as<T>().data();
    const auto to = call.outputs[0].as<T>();
    for (std::int64_t o = 0; o < view.outer; ++o) {
      for (std::int64_t i = 0; i < view.inner; ++i) {
        const RowSum<T> row = sum_row(from + o * view.length * view.inner + i, view.length, view.inner);
        to[static_cast<std::size_t>(o * view.inner + i)] = math::log(row.total) + T(row.largest);
      }
    }
  });
}

template <bool logarithm> void run_softmax(const ReferenceCall& call) {
  const int axis = static_cast<int>(call.attributes.integer("axis"));
  const ops::AxisView view = ops::view_axes(call.inputs[0].extents, axis, axis + 1);
  dispatch_floating(call.inputs[0].dtype, [&]<class T>() {
    const T* const from = call.inputs[0].as<T>().data();
    T* const to = call.outputs[0].as<T>().data();
    for (std::int64_t o = 0; o < view.outer; ++o) {
      for (std::int64_t i = 0; i < view.inner; ++i) {
        const std::int64_t start = o * view.length * view.inner + i;
        const RowSum<T> row = sum_row(from + start, view.length, view.inner);
        const T log_total = math::log(row.total);
        for (std::int64_t r = 0; r < view.length; ++r) {
          const T y = from[start + r * view.inner] - T(row.largest);  // first, for its digits
          to[start + r * view.inner] = logarithm ? y - log_total : math::exp(y) / row.total;
        }
      }
    }
  });
}

std::vector<Type> infer_softmax(const Operation&, std::span<const Type> in, const Attributes& attributes) {
  const std::int64_t axis = attributes.integer("axis");
  if (!is_floating(in[0].dtype)) throw Error("needs a floating type, got " + std::string(to_string(in[0].dtype)));
  if (axis < 0 || axis >= in[0].shape.rank()) throw Error("axis is out of range for " + to_string(in[0].shape));
  return {in[0]};
}

Value row_sum(C c, Value v) { return broadcast(sum(v, {c.attributes.integer("axis")}, true), v.shape()); }

// y (v - sum y v): the Jacobian is symmetric, so that one function serves both modes.
Value softmax_derivative(C c, Value v) {
  const Value y = c.outputs[0];
  return y * (v - row_sum(c, y * v));
}

Value weights(C c) { return exp(c.inputs[0] - ops::restore(c, c.outputs[0])); }

Value apply_softmax(const Operation& operation, Value x, int axis) {
  return x.graph->apply(operation, {x},
                        {{"axis", std::int64_t{normalise_axis(axis, x.shape().rank(), operation.name)}}});
}

}  // namespace

namespace ops {

const Operation logsumexp = {
    .name = "logsumexp",
    .onnx = "ReduceLogSumExp",
    .kind = OperationKind::general,
    .infer =
        [](const Operation& operation, std::span<const Type> in, const Attributes& attributes) {
          if (!is_floating(in[0].dtype))
            throw Error("needs a floating type, got " + std::string(to_string(in[0].dtype)));
          return infer_reduction(operation, in, attributes);
        },
    .reference = run_logsumexp,
    .vjp = [](C c, int, std::span<const Value> cotangents) { return restore(c, cotangents[0]) * weights(c); },
    .jvp = [](C c, int, Value tangent) -> std::vector<Value> { return {reduce_like(c, tangent * weights(c))}; }};

const Operation softmax = {
    .name = "softmax",
    .onnx = "Softmax",
    .kind = OperationKind::general,
    .infer = infer_softmax,
    .reference = run_softmax<false>,
    .vjp = [](C c, int, std::span<const Value> cotangents) { return softmax_derivative(c, cotangents[0]); },
    .jvp = [](C c, int, Value tangent) -> std::vector<Value> { return {softmax_derivative(c, tangent)}; }};

const Operation log_softmax = {
    .name = "log_softmax",
    .onnx = "LogSoftmax",
    .kind = OperationKind::general,
    .infer = infer_softmax,
    .reference = run_softmax<true>,
    .vjp = [](C c, int, std::span<const Value> g) { return g[0] - backprop::exp(c.outputs[0]) * row_sum(c, g[0]); },
    .jvp = [](C c, int, Value tangent) -> std::vector<Value> {
      return {tangent - row_sum(c, backprop::exp(c.outputs[0]) * tangent)};
    }};

}  // namespace ops

Value logsumexp(Value x, Integers axes, bool keep_axes) {
  return ops::apply_reduction(ops::logsumexp, x, std::move(axes), keep_axes);
}
Value softmax(Value x, int axis) { return apply_softmax(ops::softmax, x, axis); }
Value log_softmax(Value x, int axis) { return apply_softmax(ops::log_softmax, x, axis); }

}  // namespace backprop
