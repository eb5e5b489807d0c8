// Arrays joined along an axis, and its inverse with several outputs.
#include "ops/ops.hpp"
#include "ops/strided.hpp"

namespace backprop {
namespace {

using C = const RuleContext&;

int axis_of(const Attributes& attributes, const Type& type) {
  const std::int64_t axis = attributes.integer("axis");
  if (axis < 0 || axis >= type.shape.rank()) throw Error("axis is out of range for " + to_string(type.shape));
  return static_cast<int>(axis);
}

std::vector<Type> infer_concat(const Operation&, std::span<const Type> in, const Attributes& attributes) {
  const int axis = axis_of(attributes, in[0]);
  Type result = in[0];
  std::int64_t size = 0;
  for (const Type& type : in) {
    if (type.shape.rank() != result.shape.rank())
      throw Error("ranks differ: " + to_string(in[0]) + " and " + to_string(type));
    size += type.shape[axis].number();
    Type same = type;
    same.shape[axis] = in[0].shape[axis];
    if (!(same == in[0])) throw Error(to_string(in[0]) + " and " + to_string(type) + " differ beside the axis");
  }
  result.shape[axis] = Dim(size);
  return {result};
}

// Copies between `whole` and its part that starts at `begin` along the axis.
void move_part(const TensorView& whole, const TensorView& part, std::size_t axis, std::int64_t begin, bool into_whole) {
  const Extents strides = ops::strides_of(whole.extents);
  dispatch_any(whole.dtype, [&]<class T>() {
    const auto large = whole.as<T>();
    const auto small = part.as<T>();
    ops::for_each_strided(part.extents, strides, begin * strides[axis], [&](std::size_t i, std::size_t offset) {
      if (into_whole)
        large[offset] = small[i];
      else
        small[i] = large[offset];
    });
  });
}

void move_parts(const ReferenceCall& call, const TensorView& whole, std::span<const TensorView> parts,
                bool into_whole) {
  const auto axis = static_cast<std::size_t>(call.attributes.integer("axis"));
  std::int64_t begin = 0;
  for (const TensorView& part : parts) {
    move_part(whole, part, axis, begin, into_whole);
    begin += part.extents[axis];
  }
}

Value concat_back(C c, int argument, std::span<const Value> cotangents) {
  const int axis = static_cast<int>(c.attributes.integer("axis"));
  std::int64_t begin = 0;
  for (int i = 0; i < argument; ++i) begin += c.inputs[static_cast<std::size_t>(i)].shape()[axis].number();
  const std::int64_t size = c.inputs[static_cast<std::size_t>(argument)].shape()[axis].number();
  return slice(cotangents[0], axis, begin, begin + size);
}

std::vector<Type> infer_split(const Operation&, std::span<const Type> in, const Attributes& attributes) {
  const int axis = axis_of(attributes, in[0]);
  std::vector<Type> parts;
  std::int64_t total = 0;
  for (const std::int64_t size : attributes.integers("sizes")) {
    if (size < 0) throw Error("a part has a negative size");
    parts.push_back(in[0]);
    parts.back().shape[axis] = Dim(size);
    total += size;
  }
  if (parts.empty() || total != in[0].shape[axis].number()) {
    throw Error("the parts' sizes add up to " + std::to_string(total) + ", the axis has " +
                to_string(in[0].shape[axis]));
  }
  return parts;
}

}  // namespace

namespace ops {

const Operation concat = {
    .name = "concat",
    .onnx = "Concat",
    .kind = OperationKind::linear,
    .arity = -1,
    .infer = infer_concat,
    .reference = [](const ReferenceCall& call) { move_parts(call, call.outputs[0], call.inputs, true); },
    .transpose = concat_back};
const Operation split = {
    .name = "split",
    .onnx = "Split",
    .kind = OperationKind::linear,
    .infer = infer_split,
    .reference = [](const ReferenceCall& call) { move_parts(call, call.inputs[0], call.outputs, false); },
    .transpose =
        [](C c, int, std::span<const Value> cotangents) {
          return backprop::concat(cotangents, static_cast<int>(c.attributes.integer("axis")));
        }};

}  // namespace ops

Value concat(std::span<const Value> parts, int axis) {
  if (parts.empty()) throw Error("[concat] takes at least one argument");
  return parts[0].graph->apply(ops::concat, parts,
                               {{"axis", std::int64_t{normalise_axis(axis, parts[0].shape().rank(), "concat")}}});
}

Value concat(std::initializer_list<Value> parts, int axis) {
  return concat(std::span<const Value>(parts.begin(), parts.size()), axis);
}

std::vector<Value> split(Value x, int axis, const Integers& sizes) {
  const Value arguments[] = {x};
  return x.graph->apply_all(
      ops::split, arguments,
      {{"axis", std::int64_t{normalise_axis(axis, x.shape().rank(), "split")}}, {"sizes", sizes}});
}

}  // namespace backprop
