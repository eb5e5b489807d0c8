// Indices as rows of zeros with a one, and the coordinates of an array. Neither carries a derivative.
#include <algorithm>

#include "base/dispatch.hpp"
#include "ops/ops.hpp"

namespace backprop {
namespace {

std::vector<Type> infer_one_hot(const Operation&, std::span<const Type> in, const Attributes& attributes) {
  if (!is_integer(in[0].dtype)) throw Error("indices need an integer type, got " + std::string(to_string(in[0].dtype)));
  if (attributes.integer("depth") < 0) throw Error("negative depth");
  Shape shape = in[0].shape;
  shape.push_back(Dim(attributes.integer("depth")));
  return {{attributes.dtype("dtype"), shape}};
}

// An index outside [-depth, depth) gives a row of zeros, as in ONNX.
void run_one_hot(const ReferenceCall& call) {
  const std::int64_t depth = call.attributes.integer("depth");
  dispatch_plain(call.inputs[0].dtype, [&]<class I>() {
    dispatch_any(call.outputs[0].dtype, [&]<class T>() {
      const auto indices = call.inputs[0].as<I>();
      const auto to = call.outputs[0].as<T>();
      std::fill(to.begin(), to.end(), T(0));
      for (std::size_t row = 0; row < indices.size(); ++row) {
        std::int64_t index = static_cast<std::int64_t>(indices[row]);
        if (index < 0) index += depth;
        if (index >= 0 && index < depth)
          to[row * static_cast<std::size_t>(depth) + static_cast<std::size_t>(index)] = T(1);
      }
    });
  });
}

void run_range(const ReferenceCall& call) {
  const auto axis = static_cast<int>(call.attributes.integer("axis"));
  const ops::AxisView view = ops::view_axes(call.outputs[0].extents, axis, axis + 1);
  const auto to = call.outputs[0].as<std::int64_t>();
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<std::int64_t>(i) / view.inner % view.length;
}

std::vector<Type> infer_argmax(const Operation&, std::span<const Type> in, const Attributes& attributes) {
  const std::int64_t axis = attributes.integer("axis");
  if (in[0].dtype == DType::boolean) throw Error("needs numbers, got boolean");
  if (axis < 0 || axis >= in[0].shape.rank()) throw Error("axis is out of range for " + to_string(in[0].shape));
  Shape shape;
  for (int i = 0; i < in[0].shape.rank(); ++i) {
    if (i != axis)
      shape.push_back(in[0].shape[i]);
    else if (attributes.flag("keep_axis"))
      shape.push_back(1);
  }
  return {{DType::int64, shape}};
}

void run_argmax(const ReferenceCall& call) {
  const auto axis = static_cast<int>(call.attributes.integer("axis"));
  const ops::AxisView view = ops::view_axes(call.inputs[0].extents, axis, axis + 1);
  const auto to = call.outputs[0].as<std::int64_t>();
  if (view.length == 0 && !to.empty()) throw Error("[argmax] of nothing: the axis has size 0");
  dispatch_any(call.inputs[0].dtype, [&]<class T>() {
    const auto from = call.inputs[0].as<T>();
    for (std::int64_t o = 0; o < view.outer; ++o) {
      for (std::int64_t i = 0; i < view.inner; ++i) {
        const auto at = [&](std::int64_t r) {
          return from[static_cast<std::size_t>((o * view.length + r) * view.inner + i)];
        };
        std::int64_t best = 0;
        for (std::int64_t r = 1; r < view.length; ++r) {
          if (at(r) > at(best)) best = r;
        }
        to[static_cast<std::size_t>(o * view.inner + i)] = best;
      }
    }
  });
}

}  // namespace

namespace ops {

const Operation one_hot = {.name = "one_hot",
                           .onnx = "OneHot",
                           .kind = OperationKind::general,
                           .infer = infer_one_hot,
                           .reference = run_one_hot};
const Operation argmax = {
    .name = "argmax", .onnx = "ArgMax", .kind = OperationKind::general, .infer = infer_argmax, .reference = run_argmax};
const Operation range = {
    .name = "range",
    .kind = OperationKind::leaf,
    .arity = 0,
    .infer = [](const Operation&, std::span<const Type>, const Attributes& attributes) -> std::vector<Type> {
      const Shape& shape = attributes.shape("shape");
      const std::int64_t axis = attributes.integer("axis");
      if (axis < 0 || axis >= shape.rank()) throw Error("axis is out of range");
      return {{DType::int64, shape}};
    },
    .reference = run_range};

}  // namespace ops

Value one_hot(Value indices, std::int64_t depth, DType dtype) {
  return indices.graph->apply(ops::one_hot, {indices}, {{"depth", depth}, {"dtype", dtype}});
}

Value argmax(Value x, int axis, bool keep_axis) {
  return x.graph->apply(ops::argmax, {x},
                        {{"axis", std::int64_t{normalise_axis(axis, x.shape().rank(), "argmax")}},
                         {"keep_axis", std::int64_t{keep_axis}}});
}

Value range(Graph& graph, const Shape& shape, int axis) {
  return graph.apply(ops::range, {},
                     {{"shape", shape}, {"axis", std::int64_t{normalise_axis(axis, shape.rank(), "range")}}});
}

}  // namespace backprop
