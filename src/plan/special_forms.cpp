#include "plan/special_forms.hpp"

#include <set>

#include "base/dispatch.hpp"
#include "ops/ops.hpp"
#include "plan/rewriter.hpp"
#include "plan/simplify_passes.hpp"

namespace backprop {
namespace {

void run_gradient(const ReferenceCall& call) {
  const std::int64_t classes = call.inputs[0].extents.back();
  dispatch_floating(call.inputs[0].dtype, [&]<class T>() {
    dispatch_plain(call.inputs[1].dtype, [&]<class I>() {
      const auto logits = call.inputs[0].as<T>(), cotangent = call.inputs[2].as<T>(), to = call.outputs[0].as<T>();
      const auto targets = call.inputs[1].as<I>();
      for (std::size_t row = 0; row < targets.size(); ++row) {
        const auto first = row * static_cast<std::size_t>(classes), last = first + static_cast<std::size_t>(classes);
        T largest = logits[first], total = T(0);
        for (std::size_t i = first; i < last; ++i) largest = math::maximum(largest, logits[i]);
        for (std::size_t i = first; i < last; ++i) total = total + (to[i] = math::exp(logits[i] - largest));
        for (std::size_t i = first; i < last; ++i) {
          const bool hit = static_cast<std::int64_t>(i - first) == static_cast<std::int64_t>(targets[row]);
          to[i] = (to[i] / total - T(hit ? 1 : 0)) * cotangent[cotangent.size() == 1 ? 0 : row];
        }
      }
    });
  });
}

class SpecialForms {
 public:
  explicit SpecialForms(const Simplified& from) : from_(from), graph_(from.graph), writer_(from.graph) {
    for (const Equation& e : graph_.equations()) {
      if (e.operation == &ops::softmax_cross_entropy) checked_.insert({e.inputs[0], e.inputs[1]});
    }
  }

  Simplified run() {
    for (const Equation& e : graph_.equations()) {
      const LayerScope scope(writer_.graph, e.layer);
      if (!checked_.empty() && e.operation == &ops::multiply && gradient(e)) continue;
      writer_.copy(e);
    }
    return writer_.finish(from_.outputs, from_.updates);
  }

 private:
  const Equation& equation(Index v) const { return graph_.equation_of(v); }

  bool gradient(const Equation& product) {
    const Equation& difference = equation(product.inputs[0]);
    if (difference.operation != &ops::subtract) return false;
    const Equation &softmax = equation(difference.inputs[0]), &one_hot = equation(difference.inputs[1]);
    if (softmax.operation != &ops::softmax || one_hot.operation != &ops::one_hot) return false;
    const Index logits = softmax.inputs[0], targets = one_hot.inputs[0];
    // Only beside the loss itself, which refuses classes out of range; and along the last axis.
    if (!checked_.contains({logits, targets})) return false;
    const Equation& repeated = equation(product.inputs[1]);
    if (repeated.operation != &ops::broadcast) return false;
    Index cotangent = repeated.inputs[0];
    if (graph_.info(cotangent).type.shape.rank() > 0) {
      const Equation& rows = equation(cotangent);
      if (rows.operation != &ops::reshape) return false;
      cotangent = rows.inputs[0];
      if (!(graph_.info(cotangent).type.shape == graph_.info(targets).type.shape)) return false;
    }
    // One number for all rows stays one.
    Index number = cotangent;
    while (equation(number).operation == &ops::broadcast || equation(number).operation == &ops::reshape) {
      number = equation(number).inputs[0];
    }
    if (graph_.info(number).type.shape.rank() == 0) cotangent = number;
    writer_.set(product.outputs[0],
                writer_.graph.apply(cross_entropy_gradient, {writer_[logits], writer_[targets], writer_[cotangent]}));
    return true;
  }

  const Simplified& from_;
  const Graph& graph_;
  Rewriter writer_;
  std::set<std::pair<Index, Index>> checked_;  // logits and targets of a loss
};

}  // namespace

const Operation cross_entropy_gradient = {
    .name = "softmax_cross_entropy_gradient",
    .arity = 3,
    .infer = [](const Operation&, std::span<const Type> in, const Attributes&) -> std::vector<Type> { return {in[0]}; },
    .reference = run_gradient};

Simplified use_special_forms(const Simplified& from) { return SpecialForms(from).run(); }

}  // namespace backprop
