// Lanes: groups of steps that pass nothing but single numbers to each other, as networks do that are trained side by
// side. Threads may run lanes of their own, and meet only where the numbers pass.
#include <numeric>

#include "plan/passes.hpp"

namespace backprop {
namespace {

class Groups {
 public:
  explicit Groups(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), Index{0}); }
  Index root(Index i) {
    while (parent(i) != i) i = parent(i) = parent(parent(i));
    return i;
  }
  void join(Index a, Index b) { parent(root(a)) = root(b); }

 private:
  Index& parent(Index i) { return parent_[static_cast<std::size_t>(i)]; }
  std::vector<Index> parent_;
};

}  // namespace

void find_lanes(Plan& plan) {
  std::vector<bool> written(plan.buffers.size());
  for (const Step& step : plan.steps) {
    for (const View& out : step.outputs) written[static_cast<std::size_t>(out.buffer)] = true;
  }
  const auto binds = [&](const View& view) {
    const auto b = static_cast<std::size_t>(view.buffer);
    return written[b] && plan.buffers[b].elements > 1;
  };
  Groups groups(plan.buffers.size());
  const auto bound_to = [&](const Step& step) {  // a buffer of its group, or -1
    Index first = -1;
    for (const auto* views : {&step.inputs, &step.outputs}) {
      for (const View& view : *views) {
        if (!binds(view)) continue;
        if (first >= 0) groups.join(view.buffer, first);
        first = view.buffer;
      }
    }
    return first;
  };
  for (const Step& step : plan.steps) bound_to(step);

  std::vector<Index> lane_of(plan.buffers.size(), -1);
  plan.lanes = 0;
  for (Step& step : plan.steps) {
    const Index buffer = bound_to(step);
    if (buffer < 0) continue;
    Index& lane = lane_of[static_cast<std::size_t>(groups.root(buffer))];
    if (lane < 0) lane = plan.lanes++;
    step.lane = lane;
  }
  if (plan.lanes > 1) return;
  plan.lanes = 0;
  for (Step& step : plan.steps) step.lane = -1;
}

}  // namespace backprop
