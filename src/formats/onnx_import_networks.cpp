// ONNX's layers and losses.
#include <cmath>

#include "formats/onnx_node.hpp"
#include "formats/onnx_tensor.hpp"

namespace backprop {
namespace {

// Vectors count as a row on the left and as a column on the right; the axis added goes away again.
Items product(Node& node) {
  Value a = node.value(0), b = node.value(1);
  refuse(a.shape().rank() == 0 || b.shape().rank() == 0, "an operand is a scalar");
  const bool row = a.shape().rank() == 1, column = b.shape().rank() == 1;
  if (row) a = reshape(a, Shape{1, a.shape()[0]});
  if (column) b = reshape(b, Shape{b.shape()[0], 1});
  Value y = matmul(a, b);
  std::vector<Dim> dims(y.shape().begin(), y.shape().end());
  if (row) dims.erase(dims.end() - 2);
  if (column) dims.pop_back();
  return {row || column ? reshape(y, Shape(dims)) : y};
}

// alpha A' B' + beta C
Items general_product(Node& node) {
  const auto scaled = [](Value x, double factor) { return factor == 1 ? x : x * factor; };
  Value y = matmul(node.value(0), node.value(1), node.integer("transA", 0) != 0, node.integer("transB", 0) != 0);
  refuse(y.shape().rank() != 2, "the operands must be matrices");
  y = scaled(y, node.number("alpha", 1));
  return {node.has(2) ? y + scaled(node.value(2), node.number("beta", 1)) : y};
}

// Outside of training: the identity, and a mask of all ones.
Items dropout(Node& node) {
  const bool training = node.has(2) && (!node.item(2).tensor || to_doubles(*node.item(2).tensor).at(0) != 0);
  refuse(training && !(node.has(1) && node.item(1).tensor && node.number(1) == 0), "training mode is not read");
  const Value x = node.value(0);
  return {x, node.graph.constant(1, DType::boolean, x.shape())};
}

// [C] -> [C, 1, 1...], to stand beside [N, C, ...]
Value channels(Value v, const Value& x) {
  std::vector<Dim> dims(static_cast<std::size_t>(std::max(1, x.shape().rank() - 1)), Dim(1));
  dims[0] = v.shape().elements();
  return reshape(v, Shape(dims));
}

Items batch_normalisation(Node& node) {
  refuse(node.integer("training_mode", 0) != 0 || node.outputs() > 1, "training mode is not read");
  const Value x = node.value(0);
  const Value inverse = reciprocal(sqrt(node.value(4) + node.number("epsilon", 1e-5)));
  const Value scale = node.value(1) * inverse;
  return {x * channels(scale, x) + channels(node.value(2) - node.value(3) * scale, x)};
}

template <Value (*Reduce)(Value, Integers, bool)> Items global_pool(Node& node) {
  const Value x = node.value(0);
  Integers axes;
  for (int i = 2; i < x.shape().rank(); ++i) axes.push_back(i);
  return {axes.empty() ? x : Reduce(x, axes, true)};
}

// -w_t x_t for scores x [N, C, ...] and classes t [N, ...]; reduced as the attribute says, a mean being one of weights.
Value negative_likelihood(Node& node, Value x, const std::string& reduction) {
  const Value target = node.value(1);
  const int rank = x.shape().rank();
  refuse(rank < 2 || target.shape().rank() != rank - 1, "scores [N, C, ...] and classes [N, ...] are needed");
  const std::int64_t classes = x.shape()[1].number();
  std::vector<Dim> column(target.shape().begin(), target.shape().end());
  column.insert(column.begin() + 1, Dim(1));
  const Value at = broadcast(reshape(cast(target, DType::int64), Shape(column)), x.shape());
  const Value hot = equal(at, range(node.graph, x.shape(), 1));
  const Value zero = scalar_like(x, 0);
  Value weight = where(hot, scalar_like(x, 1), zero);
  if (node.has(2)) {
    refuse(!(node.value(2).shape() == Shape{classes}), "one weight a class is needed");
    weight = where(hot, channels(node.value(2), x), zero);
  }
  if (node.has("ignore_index")) {
    const Value ignored = node.graph.constant(static_cast<double>(node.integer("ignore_index")), DType::int64);
    weight = where(equal(at, ignored), zero, weight);
  }
  // Not a product: 0 times an infinite score is NaN.
  const Value loss = sum(where(not_equal(weight, zero), negate(x * weight), zero), {1});
  if (reduction == "none") return loss;
  if (reduction == "sum") return sum(loss);
  refuse(reduction != "mean", "reduction '" + printable(reduction) + "' is not known");
  return sum(loss) / sum(weight);
}

Items likelihood_loss(Node& node) { return {negative_likelihood(node, node.value(0), node.text("reduction", "mean"))}; }

Items cross_entropy_loss(Node& node) {
  const Value x = log_softmax(node.value(0), 1);
  return {negative_likelihood(node, x, node.text("reduction", "mean")), x};
}

constexpr ImportRule network_rules[] = {
    {"MatMul", product},
    {"Gemm", general_product},
    {"Dropout", dropout},
    {"BatchNormalization", batch_normalisation},
    {"GlobalAveragePool", global_pool<mean>},
    {"GlobalMaxPool", global_pool<reduce_max>},
    {"NegativeLogLikelihoodLoss", likelihood_loss},
    {"SoftmaxCrossEntropyLoss", cross_entropy_loss},
};

}  // namespace

std::span<const ImportRule> network_import_rules() { return network_rules; }

}  // namespace backprop
