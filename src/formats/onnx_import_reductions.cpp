// ONNX's reductions, softmax and their kin.
#include "formats/onnx_node.hpp"

namespace backprop {
namespace {

Value identity(Value x) { return x; }
Value sum_of(Value x, Integers axes, bool keep) { return sum(x, std::move(axes), keep); }

// The axes are an attribute in older operator sets, an input in newer ones; none means all, unless the node says none.
template <Value (*Reduce)(Value, Integers, bool), Value (*Before)(Value) = identity, Value (*After)(Value) = identity>
Items reduce(Node& node) {
  const Value x = node.value(0);
  const Integers axes = node.integers("axes", 1).value_or(Integers{});
  const bool keep = node.integer("keepdims", 1) != 0;
  if (axes.empty() && node.integer("noop_with_empty_axes", 0) != 0) return {After(Before(x))};
  return {After(Reduce(Before(x), axes, keep))};
}

// ArgMax and ArgMin; with select_last_index the last of equals: the greatest coordinate at which x is the extreme.
template <bool Least> Items arg_extreme(Node& node) {
  const Value x = Least ? negate(node.value(0)) : node.value(0);
  const int axis = normalise_axis(node.integer("axis", 0), x.shape().rank(), node.type());
  const bool keep = node.integer("keepdims", 1) != 0;
  if (node.integer("select_last_index", 0) == 0) return {argmax(x, axis, keep)};
  const Value best = equal(x, reduce_max(x, {axis}, true));
  const Value coordinate = range(node.graph, x.shape(), axis);
  return {reduce_max(where(best, coordinate, scalar_like(coordinate, -1)), {axis}, keep)};
}

// Up to opset 12 the axes from `axis` on (1 by default) are one; after, softmax runs along `axis` (the last one).
template <Value (*Function)(Value, int)> Items along_axis(Node& node) {
  const Value x = node.value(0);
  const int rank = x.shape().rank();
  if (node.opset >= 13) return {Function(x, normalise_axis(node.integer("axis", -1), rank, node.type()))};
  const int axis = normalise_axis(node.integer("axis", 1), rank, node.type());
  if (axis == rank - 1) return {Function(x, axis)};
  Dim before(1), after(1);
  for (int i = 0; i < rank; ++i) (i < axis ? before : after) = (i < axis ? before : after) * x.shape()[i];
  return {reshape(Function(reshape(x, Shape{before, after}), 1), x.shape())};
}

Value hardmax(Value x, int axis) {
  const Value coordinate = range(*x.graph, x.shape(), axis);
  return cast(equal(coordinate, argmax(x, axis, true)), x.dtype());
}

// (x - mean) / sqrt(variance + epsilon) over the axes from `axis` on; also gives mean and 1 / deviation.
Items normalise(Node& node, bool centre) {
  const Value x = node.value(0), scale = node.value(1);
  const int rank = x.shape().rank();
  Integers axes;
  for (int i = normalise_axis(node.integer("axis", -1), rank, node.type()); i < rank; ++i) axes.push_back(i);
  const Value middle = mean(x, axes, true);
  const Value centred = centre ? x - middle : x;
  const Value inverse = reciprocal(sqrt(mean(square(centred), axes, true) + node.number("epsilon", 1e-5)));
  const Value y = centred * inverse * scale;
  if (!centre) return {y};
  return {node.has(2) ? y + node.value(2) : y, middle, inverse};
}

constexpr ImportRule reduction_rules[] = {
    {"ReduceSum", reduce<sum_of>},
    {"ReduceMean", reduce<mean>},
    {"ReduceMax", reduce<reduce_max>},
    {"ReduceMin", reduce<reduce_min>},
    {"ReduceProd", reduce<prod>},
    {"ReduceLogSumExp", reduce<logsumexp>},
    {"ReduceLogSum", reduce<sum_of, identity, log>},
    {"ReduceL1", reduce<sum_of, abs>},
    {"ReduceL2", reduce<sum_of, square, sqrt>},
    {"ReduceSumSquare", reduce<sum_of, square>},
    {"ArgMax", arg_extreme<false>},
    {"ArgMin", arg_extreme<true>},
    {"Softmax", along_axis<softmax>},
    {"LogSoftmax", along_axis<log_softmax>},
    {"Hardmax", along_axis<hardmax>},
    {"LayerNormalization", [](Node& n) { return normalise(n, true); }},
    {"RMSNormalization", [](Node& n) { return normalise(n, false); }},
};

}  // namespace

std::span<const ImportRule> reduction_import_rules() { return reduction_rules; }

}  // namespace backprop
