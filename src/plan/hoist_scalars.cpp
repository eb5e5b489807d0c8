// The scalar prologue: numbers that depend on states and constants alone (bias corrections, schedules) are computed
// first, those of one element type together, so that they become few tile programs. Before them stand those that depend
// on constants alone: they are computed once for all runs.
#include <algorithm>

#include "ops/ops.hpp"
#include "plan/passes.hpp"

namespace backprop {

void hoist_scalars(Plan& plan) {
  // Level of a buffer: how many casts lie before it; -1 when it is not of the prologue.
  std::vector<int> level(plan.buffers.size(), 0);
  std::vector<std::pair<int, std::size_t>> prologue;  // level, step
  std::vector<bool> moved(plan.steps.size(), false), constant(plan.buffers.size());
  for (std::size_t b = 0; b < constant.size(); ++b) constant[b] = plan.buffers[b].kind == BufferKind::constant;
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    const Step& step = plan.steps[s];
    const bool casts = step.kind == StepKind::call && step.equation->operation == &ops::cast;
    int mine = 0;
    for (const View& in : step.inputs) {
      const int other = level[static_cast<std::size_t>(in.buffer)];
      mine = mine < 0 || other < 0 ? -1 : std::max(mine, other);
    }
    const bool scalar = step.outputs.size() == 1 && count(step.outputs[0].extents) == 1;
    if (!scalar || (!casts && step.kind != StepKind::tile) || static_cast<Index>(s) >= plan.commit) mine = -1;
    // Odd levels are casts, even ones tile programs.
    if (mine >= 0) mine += (mine % 2 == 1) != casts;
    for (const View& out : step.outputs) level[static_cast<std::size_t>(out.buffer)] = mine;
    if (mine < 0) continue;
    if (std::all_of(step.inputs.begin(), step.inputs.end(),
                    [&](const View& in) { return constant[static_cast<std::size_t>(in.buffer)]; })) {
      mine = -1;
      constant[static_cast<std::size_t>(step.outputs[0].buffer)] = true;
      plan.buffers[static_cast<std::size_t>(step.outputs[0].buffer)].pinned = true;
      ++plan.once;
    }
    prologue.emplace_back(mine, s);
    moved[s] = true;
  }
  std::stable_sort(prologue.begin(), prologue.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Step> steps;
  steps.reserve(plan.steps.size());
  for (const auto& [mine, s] : prologue) steps.push_back(std::move(plan.steps[s]));
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    if (!moved[s]) steps.push_back(std::move(plan.steps[s]));
  }
  plan.steps = std::move(steps);
}

}  // namespace backprop
