// A part of an axis, and its inverse, padding.
#include <algorithm>

#include "ops/ops.hpp"
#include "ops/strided.hpp"

namespace backprop {
namespace {

using C = const RuleContext&;

std::vector<Type> infer_slice(const Operation&, std::span<const Type> in, const Attributes& attributes) {
  const std::int64_t axis = attributes.integer("axis"), begin = attributes.integer("begin"),
                     end = attributes.integer("end");
  if (axis < 0 || axis >= in[0].shape.rank()) throw Error("axis is out of range for " + to_string(in[0].shape));
  const Dim& size = in[0].shape[static_cast<int>(axis)];
  if (begin < 0 || end < begin || end > size.number()) {
    throw Error("[" + std::to_string(begin) + ", " + std::to_string(end) + ") is no part of axis " +
                std::to_string(axis) + " of " + to_string(in[0].shape));
  }
  Shape shape = in[0].shape;
  shape[static_cast<int>(axis)] = Dim(end - begin);
  return {{in[0].dtype, shape}};
}

void run_slice(const ReferenceCall& call) {
  const Extents strides = ops::strides_of(call.inputs[0].extents);
  const auto axis = static_cast<std::size_t>(call.attributes.integer("axis"));
  ops::copy_strided(call.inputs[0], strides, call.attributes.integer("begin") * strides[axis], call.outputs[0]);
}

Value slice_back(C c, int, std::span<const Value> cotangents) {
  const auto axis = static_cast<std::size_t>(c.attributes.integer("axis"));
  const Shape& full = c.inputs[0].shape();
  Integers before(static_cast<std::size_t>(full.rank()), 0), after = before;
  before[axis] = c.attributes.integer("begin");
  after[axis] = full[static_cast<int>(axis)].number() - c.attributes.integer("end");
  return pad(cotangents[0], before, after);
}

std::vector<Type> infer_pad(const Operation&, std::span<const Type> in, const Attributes& attributes) {
  const Integers &before = attributes.integers("before"), &after = attributes.integers("after");
  attributes.number("value");
  const auto rank = static_cast<std::size_t>(in[0].shape.rank());
  if (before.size() != rank || after.size() != rank) {
    throw Error("needs " + std::to_string(rank) + " numbers before and after, one an axis");
  }
  Shape shape = in[0].shape;
  for (std::size_t i = 0; i < rank; ++i) {
    if (before[i] < 0 || after[i] < 0) throw Error("negative padding; use slice");
    if (before[i] + after[i] > 0) {
      Dim& dim = shape[static_cast<int>(i)];
      dim = Dim(dim.number() + before[i] + after[i]);
    }
  }
  return {{in[0].dtype, shape}};
}

void run_pad(const ReferenceCall& call) {
  const TensorView &in = call.inputs[0], &out = call.outputs[0];
  const Extents strides = ops::strides_of(out.extents);
  const Integers& before = call.attributes.integers("before");
  std::int64_t start = 0;
  for (std::size_t i = 0; i < strides.size(); ++i) start += before[i] * strides[i];
  dispatch_any(in.dtype, [&]<class T>() {
    const auto from = in.as<T>();
    const auto to = out.as<T>();
    std::fill(to.begin(), to.end(), static_cast<T>(call.attributes.number("value")));
    ops::for_each_strided(in.extents, strides, start, [&](std::size_t i, std::size_t offset) { to[offset] = from[i]; });
  });
}

// The padding is a constant: only the inside carries a derivative.
Value pad_back(C c, int, std::span<const Value> cotangents) {
  const Integers& before = c.attributes.integers("before");
  Value g = cotangents[0];
  for (int axis = 0; axis < g.shape().rank(); ++axis) {
    const std::int64_t begin = before[static_cast<std::size_t>(axis)];
    if (c.inputs[0].shape()[axis] == g.shape()[axis]) continue;
    g = slice(g, axis, begin, begin + c.inputs[0].shape()[axis].number());
  }
  return g;
}

}  // namespace

namespace ops {

const Operation slice = {.name = "slice",
                         .onnx = "Slice",
                         .kind = OperationKind::linear,
                         .infer = infer_slice,
                         .reference = run_slice,
                         .transpose = slice_back};
const Operation pad = {
    .name = "pad",
    .onnx = "Pad",
    .kind = OperationKind::general,
    .infer = infer_pad,
    .reference = run_pad,
    .vjp = pad_back,
    .jvp = [](C c, int, Value tangent) -> std::vector<Value> {
      return {backprop::pad(tangent, c.attributes.integers("before"), c.attributes.integers("after"))};
    }};

}  // namespace ops

Value slice(Value x, int axis, std::int64_t begin, std::int64_t end) {
  axis = normalise_axis(axis, x.shape().rank(), "slice");
  const std::int64_t size = x.shape()[axis].number();
  return x.graph->apply(
      ops::slice, {x},
      {{"axis", std::int64_t{axis}}, {"begin", begin < 0 ? begin + size : begin}, {"end", end < 0 ? end + size : end}});
}

Value pad(Value x, Integers before, Integers after, double value) {
  return x.graph->apply(ops::pad, {x}, {{"before", std::move(before)}, {"after", std::move(after)}, {"value", value}});
}

}  // namespace backprop
