// The product over axes, and the product of all *other* elements, which is its derivative even where elements are zero.
#include <algorithm>

#include "base/dispatch.hpp"
#include "ops/reduce.hpp"

namespace backprop {
namespace {

using C = const RuleContext&;

void run_prod(const ReferenceCall& call) {
  const ops::AxisView view = ops::reduced(call);
  dispatch_any(call.inputs[0].dtype, [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>) {
      const auto from = call.inputs[0].as<T>();
      const auto to = call.outputs[0].as<T>();
      for (std::int64_t o = 0; o < view.outer; ++o) {
        for (std::int64_t i = 0; i < view.inner; ++i) {
          T result = T(1);
          for (std::int64_t r = 0; r < view.length; ++r) {
            result = result * from[static_cast<std::size_t>((o * view.length + r) * view.inner + i)];
          }
          to[static_cast<std::size_t>(o * view.inner + i)] = result;
        }
      }
    }
  });
}

// out_r = product of x_k over k != r: the products before r times those after it.
void run_exclusive(const ReferenceCall& call) {
  const ops::AxisView view = ops::reduced(call);
  dispatch_floating(call.inputs[0].dtype, [&]<class T>() {
    const auto from = call.inputs[0].as<T>();
    const auto to = call.outputs[0].as<T>();
    for (std::int64_t o = 0; o < view.outer; ++o) {
      for (std::int64_t i = 0; i < view.inner; ++i) {
        const auto at = [&](std::int64_t r) {
          return static_cast<std::size_t>((o * view.length + r) * view.inner + i);
        };
        T product = T(1);
        for (std::int64_t r = 0; r < view.length; ++r) {
          to[at(r)] = product;
          product = product * from[at(r)];
        }
        product = T(1);
        for (std::int64_t r = view.length - 1; r >= 0; --r) {
          to[at(r)] = to[at(r)] * product;
          product = product * from[at(r)];
        }
      }
    }
  });
}

std::vector<Type> infer_exclusive(const Operation& operation, std::span<const Type> in, const Attributes& attributes) {
  ops::infer_reduction(operation, in, attributes);
  if (!is_floating(in[0].dtype)) throw Error("needs a floating type, got " + std::string(to_string(in[0].dtype)));
  return {in[0]};
}

Value exclusive(Value x, const Integers& axes) { return x.graph->apply(ops::exclusive_product, {x}, {{"axes", axes}}); }

// d out_r / d x_j = product over k != r, j (0 for r = j): the exclusive product over k of x with x_r replaced by 1, as
// a matrix [outer, r, j, inner]. It is symmetric, so one function serves both modes.
Value exclusive_derivative(C c, Value direction) {
  const Value x = c.inputs[0];
  const Integers& axes = c.attributes.integers("axes");
  const Shape& full = x.shape();
  Dim outer(1), length(1), inner(1);
  for (int axis = 0; axis < full.rank(); ++axis) {
    (axis < axes.front()   ? outer
     : axis <= axes.back() ? length
                           : inner) = (axis < axes.front()   ? outer
                                       : axis <= axes.back() ? length
                                                             : inner) *
                                      full[axis];
  }
  const Shape square{outer, length, length, inner};
  const Value same = equal(range(c.graph, square, 1), range(c.graph, square, 2));
  const Value rows = broadcast(reshape(x, {outer, Dim(1), length, inner}), square);
  const Value pairs = exclusive(where(same, ops::constant_like(rows, 1), rows), {2});
  const Value matrix = where(same, ops::constant_like(rows, 0), pairs);
  const Value along = broadcast(reshape(direction, {outer, length, Dim(1), inner}), square);
  return reshape(sum(matrix * along, {1}), full);
}

}  // namespace

namespace ops {

const Operation prod = {.name = "prod",
                        .onnx = "ReduceProd",
                        .kind = OperationKind::general,
                        .infer = infer_reduction,
                        .reference = run_prod,
                        .vjp =
                            [](C c, int, std::span<const Value> cotangents) {
                              return restore(c, cotangents[0]) * exclusive(c.inputs[0], c.attributes.integers("axes"));
                            },
                        .jvp = [](C c, int, Value tangent) -> std::vector<Value> {
                          return {reduce_like(c, tangent * exclusive(c.inputs[0], c.attributes.integers("axes")))};
                        }};

const Operation exclusive_product = {
    .name = "exclusive_product",
    .kind = OperationKind::general,
    .infer = infer_exclusive,
    .reference = run_exclusive,
    .vjp = [](C c, int, std::span<const Value> cotangents) { return exclusive_derivative(c, cotangents[0]); },
    .jvp = [](C c, int, Value tangent) -> std::vector<Value> { return {exclusive_derivative(c, tangent)}; }};

}  // namespace ops

Value prod(Value x, Integers axes, bool keep_axes) {
  return ops::apply_reduction(ops::prod, x, std::move(axes), keep_axes);
}

}  // namespace backprop
