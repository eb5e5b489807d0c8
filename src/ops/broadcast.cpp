// Broadcasting to a larger shape, undone by a sum: the only place where either is.
#include "ops/ops.hpp"
#include "ops/strided.hpp"

namespace backprop {
namespace {

std::vector<Type> infer(const Operation&, std::span<const Type> in, const Attributes& attributes) {
  const Shape& to = attributes.shape("shape");
  if (!(broadcast_shapes(in[0].shape, to, "broadcast") == to)) {
    throw Error(to_string(in[0].shape) + " does not broadcast to " + to_string(to));
  }
  return {{in[0].dtype, to}};
}

void run(const ReferenceCall& call) {
  const TensorView &in = call.inputs[0], &out = call.outputs[0];
  const Extents own = ops::strides_of(in.extents);
  const std::size_t new_axes = out.extents.size() - in.extents.size();
  Extents strides(out.extents.size(), 0);
  for (std::size_t i = 0; i < own.size(); ++i) strides[new_axes + i] = in.extents[i] == 1 ? 0 : own[i];
  ops::copy_strided(in, strides, 0, out);
}

Value transpose_sum(const RuleContext& c, int, std::span<const Value> cotangents) {
  const Shape &from = c.inputs[0].shape(), &to = c.outputs[0].shape();
  const int new_axes = to.rank() - from.rank();
  Integers axes;
  for (int axis = 0; axis < to.rank(); ++axis) {
    if (axis < new_axes || !(from[axis - new_axes] == to[axis])) axes.push_back(axis);
  }
  return axes.empty() ? cotangents[0] : reshape(sum(cotangents[0], axes, true), from);
}

}  // namespace

namespace ops {

const Operation broadcast = {.name = "broadcast",
                             .onnx = "Expand",
                             .kind = OperationKind::linear,
                             .infer = infer,
                             .reference = run,
                             .transpose = transpose_sum};

Value apply_broadcast(const Operation& operation, Value a, Value b) {
  if (!a.valid() || !b.valid())
    throw Error("[" + std::string(operation.name) + "] a value that was never given is used");
  const Shape shape = broadcast_shapes(a.shape(), b.shape(), operation.name);
  return a.graph->apply(operation, {backprop::broadcast(a, shape), backprop::broadcast(b, shape)});
}

}  // namespace ops

Value broadcast(Value x, const Shape& shape) {
  return x.shape() == shape ? x : x.graph->apply(ops::broadcast, {x}, {{"shape", shape}});
}

}  // namespace backprop
