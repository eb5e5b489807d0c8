// The softmax cross-entropy and its gradient become one step where both are wanted of the same logits: their maxima,
// exponentials and sums are the same. Written after the first of them, whatever stands in between.
#include <algorithm>

#include "ops/ops.hpp"
#include "plan/passes.hpp"
#include "plan/special_forms.hpp"

namespace backprop {

void join_cross_entropy(Plan& plan) {
  std::vector<Index> writer(plan.buffers.size(), -1);  // of the arena's buffers
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    for (const View& out : plan.steps[s].outputs) {
      const auto b = static_cast<std::size_t>(out.buffer);
      if (plan.buffers[b].kind == BufferKind::arena) writer[b] = static_cast<Index>(s);
    }
  }
  const auto is = [&](const Step& step, const Operation& operation) {
    return step.kind == StepKind::call && step.equation->operation == &operation;
  };
  for (std::size_t g = plan.steps.size(); g-- > 0;) {
    Step& gradient = plan.steps[g];
    if (!is(gradient, cross_entropy_gradient)) continue;
    const auto loss =
        std::find_if(plan.steps.begin(), plan.steps.begin() + static_cast<std::ptrdiff_t>(g), [&](const Step& step) {
          return is(step, ops::softmax_cross_entropy) && step.inputs[0] == gradient.inputs[0] &&
                 step.inputs[1] == gradient.inputs[1];
        });
    if (loss == plan.steps.begin() + static_cast<std::ptrdiff_t>(g)) continue;
    if (writer[static_cast<std::size_t>(gradient.inputs[2].buffer)] >= loss - plan.steps.begin()) continue;
    gradient.outputs.push_back(loss->outputs[0]);
    *loss = std::move(gradient);
    plan.steps.erase(plan.steps.begin() + static_cast<std::ptrdiff_t>(g));
    if (static_cast<Index>(g) < plan.commit) --plan.commit;
    return join_cross_entropy(plan);
  }
}

}  // namespace backprop
