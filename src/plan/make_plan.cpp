#include "plan/passes.hpp"

namespace backprop {
namespace {

// In debug builds only.
void check([[maybe_unused]] const Plan& plan, [[maybe_unused]] void (*rule)(const Plan&)) {
#ifndef NDEBUG
  rule(plan);
#endif
}

}  // namespace

Plan make_plan(const PlanRequest& request, const Bindings& sizes) {
  Plan plan = write_steps(request, sizes);
  check(plan, verify_steps);
  for (const auto pass : {hoist_scalars, attach_biases, join_cross_entropy, fuse_tiles, commit_in_place, find_lanes}) {
    pass(plan);
    check(plan, verify_steps);
  }
  place_buffers(plan);
  check(plan, verify);
  return plan;
}

}  // namespace backprop
