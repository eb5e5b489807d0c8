// Sum, mean, maximum and minimum over neighbouring axes. The functions reduce one run of neighbouring axes at a time,
// the last first, so that every equation sees its array as [outer, length, inner].
#include "ops/reduce.hpp"

#include <algorithm>
#include <limits>

#include "base/dispatch.hpp"

namespace backprop {
namespace {

using C = const RuleContext&;

// result(T accumulated so far, T element); the mean divides at the end.
template <class Combine> void run(const ReferenceCall& call, Combine combine, bool average) {
  const ops::AxisView view = ops::reduced(call);
  dispatch_any(call.inputs[0].dtype, [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>) {
      const auto from = call.inputs[0].as<T>();
      const auto to = call.outputs[0].as<T>();
      for (std::int64_t o = 0; o < view.outer; ++o) {
        for (std::int64_t i = 0; i < view.inner; ++i) {
          T result = combine.template start<T>();
          for (std::int64_t r = 0; r < view.length; ++r) {
            result = combine(result, from[static_cast<std::size_t>((o * view.length + r) * view.inner + i)]);
          }
          to[static_cast<std::size_t>(o * view.inner + i)] = average ? T(result / T(view.length)) : result;
        }
      }
    }
  });
}

struct Plus {
  template <class T> T start() const { return T(0); }
  template <class T> T operator()(T a, T b) const { return a + b; }
};
struct Larger {
  template <class T> T start() const {
    if constexpr (std::is_integral_v<T>)
      return std::numeric_limits<T>::lowest();
    else
      return T(-std::numeric_limits<double>::infinity());
  }
  template <class T> T operator()(T a, T b) const { return math::maximum(b, a); }
};
struct Smaller {
  template <class T> T start() const {
    if constexpr (std::is_integral_v<T>)
      return std::numeric_limits<T>::max();
    else
      return T(std::numeric_limits<double>::infinity());
  }
  template <class T> T operator()(T a, T b) const { return math::minimum(b, a); }
};

// The share of each element in the derivative: 1 / ties where it equals the extreme, else 0.
Value share(C c) {
  const Value x = c.inputs[0];
  const Value mask = ops::mask_like(equal(x, ops::restore(c, c.outputs[0])), x);
  return mask / broadcast(sum(mask, c.attributes.integers("axes"), true), x.shape());
}

Value extreme_vjp(C c, int, std::span<const Value> cotangents) { return ops::restore(c, cotangents[0]) * share(c); }
std::vector<Value> extreme_jvp(C c, int, Value tangent) { return {ops::reduce_like(c, tangent * share(c))}; }

// In a tie of dual numbers the tangents share equally: the maximum's pairwise rule would weigh the last ones more.
template <bool largest> void run_extreme(const ReferenceCall& call) {
  using Combine = std::conditional_t<largest, Larger, Smaller>;
  if (call.inputs[0].dtype != DType::dual64) return run(call, Combine{}, false);
  const ops::AxisView view = ops::reduced(call);
  const auto from = call.inputs[0].as<Dual<double>>();
  const auto to = call.outputs[0].as<Dual<double>>();
  for (std::int64_t o = 0; o < view.outer; ++o) {
    for (std::int64_t i = 0; i < view.inner; ++i) {
      const auto at = [&](std::int64_t r) {
        return from[static_cast<std::size_t>((o * view.length + r) * view.inner + i)];
      };
      double best = Combine{}.template start<double>(), tangent = 0, ties = 0;
      for (std::int64_t r = 0; r < view.length; ++r) best = Combine{}(best, at(r).value);
      for (std::int64_t r = 0; r < view.length; ++r) {
        if (at(r).value == best) tangent += at(r).tangent, ties += 1;
      }
      to[static_cast<std::size_t>(o * view.inner + i)] = {best, tangent / std::max(ties, 1.0)};
    }
  }
}

}  // namespace

namespace ops {

AxisView view_axes(const Extents& extents, int begin, int end) {
  AxisView view;
  for (int axis = 0; axis < static_cast<int>(extents.size()); ++axis) {
    (axis < begin ? view.outer : axis < end ? view.length : view.inner) *= extents[static_cast<std::size_t>(axis)];
  }
  return view;
}

AxisView reduced(const ReferenceCall& call) {
  const Integers& axes = call.attributes.integers("axes");
  return view_axes(call.inputs[0].extents, static_cast<int>(axes.front()), static_cast<int>(axes.back()) + 1);
}

std::vector<Type> infer_reduction(const Operation&, std::span<const Type> in, const Attributes& attributes) {
  const Integers& axes = attributes.integers("axes");
  if (in[0].dtype == DType::boolean) throw Error("needs numbers, got boolean");
  if (axes.empty()) throw Error("needs at least one axis");
  for (std::size_t k = 0; k < axes.size(); ++k) {
    if (axes[k] < 0 || axes[k] >= in[0].shape.rank() || axes[k] != axes[0] + static_cast<std::int64_t>(k)) {
      throw Error("axes " + to_string(AttributeValue(axes)) + " are no run of neighbours in " + to_string(in[0].shape));
    }
  }
  Shape shape;
  for (int axis = 0; axis < in[0].shape.rank(); ++axis) {
    const bool reduced = axis >= axes.front() && axis <= axes.back();
    if (!reduced) shape.push_back(in[0].shape[axis]);
    if (reduced && attributes.flag("keep_axes")) shape.push_back(1);
  }
  return {{in[0].dtype, shape}};
}

Value restore(C c, Value reduced) {
  const Shape& full = c.inputs[0].shape();
  const Integers& axes = c.attributes.integers("axes");
  Shape kept = full;
  for (const std::int64_t axis : axes) kept[static_cast<int>(axis)] = Dim(1);
  return backprop::broadcast(backprop::reshape(reduced, kept), full);
}

Value reduce_like(C c, Value x) { return x.graph->apply(ops::sum, {x}, c.attributes); }

Value apply_reduction(const Operation& operation, Value x, Integers axes, bool keep_axes) {
  const int rank = x.shape().rank();
  if (axes.empty()) {
    for (int axis = 0; axis < rank; ++axis) axes.push_back(axis);
  }
  if (axes.empty()) return x;  // a scalar is its own sum
  for (std::int64_t& axis : axes) axis = normalise_axis(axis, rank, operation.name);
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) {
    throw Error("[" + std::string(operation.name) + "] an axis is named twice");
  }
  const bool one_run = axes.back() - axes.front() + 1 == static_cast<std::int64_t>(axes.size());
  if (one_run) return x.graph->apply(operation, {x}, {{"axes", axes}, {"keep_axes", std::int64_t{keep_axes}}});
  Shape shape;
  for (int axis = 0; axis < rank; ++axis) {
    if (!std::binary_search(axes.begin(), axes.end(), axis)) shape.push_back(x.shape()[axis]);
  }
  while (!axes.empty()) {
    std::size_t first = axes.size() - 1;
    while (first > 0 && axes[first - 1] + 1 == axes[first]) --first;
    const Integers run(axes.begin() + static_cast<std::ptrdiff_t>(first), axes.end());
    x = x.graph->apply(operation, {x}, {{"axes", run}, {"keep_axes", std::int64_t{1}}});
    axes.resize(first);
  }
  return keep_axes ? x : backprop::reshape(x, shape);
}

const Operation sum = {
    .name = "sum",
    .onnx = "ReduceSum",
    .kind = OperationKind::linear,
    .infer = infer_reduction,
    .reference = [](const ReferenceCall& call) { run(call, Plus{}, false); },
    .transpose = [](C c, int, std::span<const Value> cotangents) { return restore(c, cotangents[0]); }};

const Operation mean = {.name = "mean",
                        .onnx = "ReduceMean",
                        .kind = OperationKind::linear,
                        .infer = infer_reduction,
                        .reference = [](const ReferenceCall& call) { run(call, Plus{}, true); },
                        .transpose =
                            [](C c, int, std::span<const Value> cotangents) {
                              Dim n(1);
                              for (const std::int64_t axis : c.attributes.integers("axes")) {
                                n = n * c.inputs[0].shape()[static_cast<int>(axis)];
                              }
                              return restore(c, cotangents[0] / c.graph.dimension(n, cotangents[0].dtype()));
                            }};

const Operation reduce_max = {.name = "reduce_max",
                              .onnx = "ReduceMax",
                              .kind = OperationKind::general,
                              .infer = infer_reduction,
                              .reference = run_extreme<true>,
                              .vjp = extreme_vjp,
                              .jvp = extreme_jvp};
const Operation reduce_min = {.name = "reduce_min",
                              .onnx = "ReduceMin",
                              .kind = OperationKind::general,
                              .infer = infer_reduction,
                              .reference = run_extreme<false>,
                              .vjp = extreme_vjp,
                              .jvp = extreme_jvp};

}  // namespace ops

Value sum(Value x, Integers axes, bool keep_axes) {
  return ops::apply_reduction(ops::sum, x, std::move(axes), keep_axes);
}
Value mean(Value x, Integers axes, bool keep_axes) {
  return ops::apply_reduction(ops::mean, x, std::move(axes), keep_axes);
}
Value reduce_max(Value x, Integers axes, bool keep_axes) {
  return ops::apply_reduction(ops::reduce_max, x, std::move(axes), keep_axes);
}
Value reduce_min(Value x, Integers axes, bool keep_axes) {
  return ops::apply_reduction(ops::reduce_min, x, std::move(axes), keep_axes);
}

}  // namespace backprop
