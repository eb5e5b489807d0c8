// Softmax and cross-entropy in one: -sum_k t_k log softmax(logits)_k for each row. The derivative is softmax - t.
#include "base/dispatch.hpp"
#include "ops/ops.hpp"

namespace backprop {
namespace {

using C = const RuleContext&;

bool by_index(const Value& target) { return is_integer(target.dtype()); }

std::vector<Type> infer_cross_entropy(const Operation&, std::span<const Type> in, const Attributes&) {
  const Type &logits = in[0], &target = in[1];
  if (!is_floating(logits.dtype))
    throw Error("logits need a floating type, got " + std::string(to_string(logits.dtype)));
  if (logits.shape.rank() < 1) throw Error("logits need at least one axis, the classes");
  Shape rows;
  for (int axis = 0; axis + 1 < logits.shape.rank(); ++axis) rows.push_back(logits.shape[axis]);
  const Type wanted = is_integer(target.dtype) ? Type{target.dtype, rows} : logits;
  if (!(target == wanted)) {
    throw Error("logits " + to_string(logits) + " need a target of class indices " + to_string(rows) +
                " or distributions " + to_string(logits) + ", got " + to_string(target));
  }
  return {{logits.dtype, rows}};
}

void run_cross_entropy(const ReferenceCall& call) {
  const std::int64_t classes = call.inputs[0].extents.back();
  dispatch_floating(call.inputs[0].dtype, [&]<class T>() {
    const auto logits = call.inputs[0].as<T>();
    const auto loss = call.outputs[0].as<T>();
    const auto row_loss = [&](std::size_t row, auto weight_at) {
      const T* const x = logits.data() + static_cast<std::int64_t>(row) * classes;
      double largest = static_cast<double>(x[0]);
      for (std::int64_t k = 1; k < classes; ++k) largest = math::maximum(largest, static_cast<double>(x[k]));
      T total = T(0);
      for (std::int64_t k = 0; k < classes; ++k) total = total + math::exp(x[k] - T(largest));
      const T log_total = math::log(total) + T(largest);
      T result = T(0);
      for (std::int64_t k = 0; k < classes; ++k) weight_at(k, log_total - x[k], result);
      loss[row] = result;
    };
    if (!is_integer(call.inputs[1].dtype)) {
      const auto target = call.inputs[1].as<T>();
      for (std::size_t row = 0; row < loss.size(); ++row) {
        row_loss(row, [&](std::int64_t k, const T& surprise, T& result) {
          result = result + target[row * static_cast<std::size_t>(classes) + static_cast<std::size_t>(k)] * surprise;
        });
      }
      return;
    }
    dispatch_plain(call.inputs[1].dtype, [&]<class I>() {
      const auto target = call.inputs[1].as<I>();
      for (std::size_t row = 0; row < loss.size(); ++row) {
        const auto label = static_cast<std::int64_t>(target[row]);
        if (label < 0 || label >= classes) {
          throw Error("[softmax_cross_entropy] row " + std::to_string(row) + ": class " + std::to_string(label) +
                      " is out of range for " + std::to_string(classes) + " classes");
        }
        row_loss(row, [&](std::int64_t k, const T& surprise, T& result) {
          if (k == label) result = surprise;
        });
      }
    });
  });
}

Value rows(Value v, const Shape& full) {
  Shape kept = v.shape();
  kept.push_back(1);
  return broadcast(reshape(v, kept), full);
}

// softmax - t for class indices, softmax sum(t) - t for distributions.
Value logits_partial(C c) {
  const Value logits = c.inputs[0], target = c.inputs[1];
  const Value y = softmax(logits);
  if (by_index(target)) return y - one_hot(target, logits.shape()[logits.shape().rank() - 1].number(), logits.dtype());
  return y * rows(sum(target, {-1}), logits.shape()) - target;
}

Value partial(C c, int argument) { return argument == 0 ? logits_partial(c) : -log_softmax(c.inputs[0]); }

}  // namespace

namespace ops {

const Operation softmax_cross_entropy = {
    .name = "softmax_cross_entropy",
    .onnx = "SoftmaxCrossEntropyLoss",
    .kind = OperationKind::general,
    .arity = 2,
    .infer = infer_cross_entropy,
    .reference = run_cross_entropy,
    .vjp = [](C c, int argument,
              std::span<const Value> g) { return partial(c, argument) * rows(g[0], c.inputs[0].shape()); },
    .jvp = [](C c, int argument, Value tangent) -> std::vector<Value> {
      return {backprop::sum(partial(c, argument) * tangent, {-1})};
    }};

}  // namespace ops

Value softmax_cross_entropy(Value logits, Value target) {
  return logits.graph->apply(ops::softmax_cross_entropy, {logits, target});
}

}  // namespace backprop
