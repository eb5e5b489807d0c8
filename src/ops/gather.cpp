// Slices picked by index along an axis, and its transpose: slices added at their index. Negative indices count from the
// end, as in ONNX.
#include <algorithm>

#include "base/dispatch.hpp"
#include "ops/ops.hpp"

namespace backprop {
namespace {

using C = const RuleContext&;

int axis_of(const Attributes& attributes, int rank) {
  const std::int64_t axis = attributes.integer("axis");
  if (axis < 0 || axis >= rank) throw Error("axis " + std::to_string(axis) + " is out of range");
  return static_cast<int>(axis);
}

void need_indices(const Type& indices) {
  if (!is_integer(indices.dtype))
    throw Error("indices need an integer type, got " + std::string(to_string(indices.dtype)));
}

std::vector<Type> infer_gather(const Operation&, std::span<const Type> in, const Attributes& attributes) {
  need_indices(in[1]);
  const int axis = axis_of(attributes, in[0].shape.rank());
  Shape shape;
  for (int i = 0; i < axis; ++i) shape.push_back(in[0].shape[i]);
  for (const Dim& dim : in[1].shape) shape.push_back(dim);
  for (int i = axis + 1; i < in[0].shape.rank(); ++i) shape.push_back(in[0].shape[i]);
  return {{in[0].dtype, shape}};
}

std::vector<Type> infer_scatter(const Operation&, std::span<const Type> in, const Attributes& attributes) {
  need_indices(in[1]);
  if (in[0].dtype == DType::boolean) throw Error("needs numbers, got boolean");
  const Shape &updates = in[0].shape, &indices = in[1].shape;
  const int rank = updates.rank() - indices.rank() + 1;
  const int axis = axis_of(attributes, rank);
  Shape shape;
  for (int i = 0; i < axis; ++i) shape.push_back(updates[i]);
  shape.push_back(attributes.shape("size")[0]);
  for (int i = 0; i < indices.rank(); ++i) {
    if (!(updates[axis + i] == indices[i])) {
      throw Error("updates " + to_string(updates) + " do not hold indices " + to_string(indices) + " at axis " +
                  std::to_string(axis));
    }
  }
  for (int i = axis + indices.rank(); i < updates.rank(); ++i) shape.push_back(updates[i]);
  return {{in[0].dtype, shape}};
}

// move(whole offset, part offset, length) for every slice that an index names; `whole` has the indexed axis.
template <class Move>
void for_each_slice(const ReferenceCall& call, const Extents& whole, const char* name, Move move) {
  const int axis = static_cast<int>(call.attributes.integer("axis"));
  const ops::AxisView view = ops::view_axes(whole, axis, axis + 1);
  const TensorView& indices = call.inputs[1];
  const std::int64_t n = indices.size();
  dispatch_plain(indices.dtype, [&]<class I>() {
    const auto at = indices.as<I>();
    for (std::int64_t o = 0; o < view.outer; ++o) {
      for (std::int64_t k = 0; k < n; ++k) {
        std::int64_t index = static_cast<std::int64_t>(at[static_cast<std::size_t>(k)]);
        if (index < -view.length || index >= view.length) {
          throw Error("[" + std::string(name) + "] index " + std::to_string(index) + " is out of range for " +
                      std::to_string(view.length));
        }
        if (index < 0) index += view.length;
        move((o * view.length + index) * view.inner, (o * n + k) * view.inner, view.inner);
      }
    }
  });
}

void run_gather(const ReferenceCall& call) {
  dispatch_any(call.inputs[0].dtype, [&]<class T>() {
    const T* const from = call.inputs[0].as<T>().data();
    T* const to = call.outputs[0].as<T>().data();
    for_each_slice(call, call.inputs[0].extents, "gather", [&](std::int64_t whole, std::int64_t part, std::int64_t n) {
      std::copy_n(from + whole, n, to + part);
    });
  });
}

void run_scatter(const ReferenceCall& call) {
  dispatch_any(call.inputs[0].dtype, [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>) {
      const T* const from = call.inputs[0].as<T>().data();
      const auto to = call.outputs[0].as<T>();
      std::fill(to.begin(), to.end(), T(0));
      for_each_slice(call, call.outputs[0].extents, "scatter_add",
                     [&](std::int64_t whole, std::int64_t part, std::int64_t n) {
                       for (std::int64_t i = 0; i < n; ++i) {
                         T& target = to[static_cast<std::size_t>(whole + i)];
                         target = target + from[part + i];
                       }
                     });
    }
  });
}

}  // namespace

namespace ops {

const Operation gather = {.name = "gather",
                          .onnx = "Gather",
                          .kind = OperationKind::linear,
                          .arity = 2,
                          .infer = infer_gather,
                          .reference = run_gather,
                          .transpose = [](C c, int, std::span<const Value> cotangents) {
                            const int axis = static_cast<int>(c.attributes.integer("axis"));
                            return backprop::scatter_add(cotangents[0], c.inputs[1], c.inputs[0].shape()[axis], axis);
                          }};
const Operation scatter_add = {.name = "scatter_add",
                               .kind = OperationKind::linear,
                               .arity = 2,
                               .infer = infer_scatter,
                               .reference = run_scatter,
                               .transpose = [](C c, int, std::span<const Value> cotangents) {
                                 return backprop::gather(cotangents[0], c.inputs[1],
                                                         static_cast<int>(c.attributes.integer("axis")));
                               }};

}  // namespace ops

Value gather(Value x, Value indices, int axis) {
  return x.graph->apply(ops::gather, {x, indices},
                        {{"axis", std::int64_t{normalise_axis(axis, x.shape().rank(), "gather")}}});
}

Value scatter_add(Value updates, Value indices, Dim size, int axis) {
  const int rank = updates.shape().rank() - indices.shape().rank() + 1;
  return updates.graph->apply(
      ops::scatter_add, {updates, indices},
      {{"axis", std::int64_t{normalise_axis(axis, rank, "scatter_add")}}, {"size", Shape{std::move(size)}}});
}

}  // namespace backprop
