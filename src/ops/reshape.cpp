// The same elements in another shape, or in another order of axes.
#include <algorithm>
#include <cstring>

#include "ops/ops.hpp"
#include "ops/strided.hpp"

namespace backprop {
namespace {

std::vector<Type> infer_reshape(const Operation&, std::span<const Type> in, const Attributes& attributes) {
  const Shape& to = attributes.shape("shape");
  if (!(in[0].shape.elements() == to.elements())) {
    throw Error(to_string(in[0].shape) + " has another number of elements than " + to_string(to));
  }
  return {{in[0].dtype, to}};
}

void run_reshape(const ReferenceCall& call) {
  const auto size = static_cast<std::size_t>(call.inputs[0].size()) * size_of(call.inputs[0].dtype);
  if (size > 0) std::memcpy(call.outputs[0].data, call.inputs[0].data, size);
}

std::vector<Type> infer_transpose(const Operation&, std::span<const Type> in, const Attributes& attributes) {
  const Integers& permutation = attributes.integers("permutation");
  Integers sorted = permutation;
  std::sort(sorted.begin(), sorted.end());
  bool right = static_cast<int>(sorted.size()) == in[0].shape.rank();
  for (std::size_t i = 0; i < sorted.size(); ++i) right = right && sorted[i] == static_cast<std::int64_t>(i);
  if (!right) {
    throw Error(to_string(AttributeValue(permutation)) + " is no order of the axes of " + to_string(in[0].shape));
  }
  Shape shape;
  for (const std::int64_t axis : permutation) shape.push_back(in[0].shape[static_cast<int>(axis)]);
  return {{in[0].dtype, shape}};
}

void run_transpose(const ReferenceCall& call) {
  const Extents own = ops::strides_of(call.inputs[0].extents);
  Extents strides;
  for (const std::int64_t axis : call.attributes.integers("permutation")) {
    strides.push_back(own[static_cast<std::size_t>(axis)]);
  }
  ops::copy_strided(call.inputs[0], strides, 0, call.outputs[0]);
}

Value transpose_back(const RuleContext& c, int, std::span<const Value> cotangents) {
  const Integers& permutation = c.attributes.integers("permutation");
  Integers inverse(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i) {
    inverse[static_cast<std::size_t>(permutation[i])] = static_cast<std::int64_t>(i);
  }
  return transpose(cotangents[0], inverse);
}

}  // namespace

namespace ops {

const Operation reshape = {.name = "reshape",
                           .onnx = "Reshape",
                           .kind = OperationKind::linear,
                           .infer = infer_reshape,
                           .reference = run_reshape,
                           .transpose = [](const RuleContext& c, int, std::span<const Value> g) {
                             return backprop::reshape(g[0], c.inputs[0].shape());
                           }};
const Operation transpose = {.name = "transpose",
                             .onnx = "Transpose",
                             .kind = OperationKind::linear,
                             .infer = infer_transpose,
                             .reference = run_transpose,
                             .transpose = transpose_back};

}  // namespace ops

Value reshape(Value x, const Shape& shape) {
  return x.shape() == shape ? x : x.graph->apply(ops::reshape, {x}, {{"shape", shape}});
}

Value transpose(Value x, Integers permutation) {
  const int rank = x.shape().rank();
  if (permutation.empty()) {
    for (int axis = rank; axis-- > 0;) permutation.push_back(axis);
  }
  for (std::int64_t& axis : permutation) axis = normalise_axis(axis, rank, "transpose");
  return x.graph->apply(ops::transpose, {x}, {{"permutation", permutation}});
}

}  // namespace backprop
