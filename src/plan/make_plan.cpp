#include "plan/passes.hpp"

namespace backprop {

Plan make_plan(const PlanRequest& request, const Bindings& sizes) {
  Plan plan = write_steps(request, sizes);
  hoist_scalars(plan);
  attach_biases(plan);
  join_cross_entropy(plan);
  fuse_tiles(plan);
  commit_in_place(plan);
  place_buffers(plan);
#ifndef NDEBUG
  verify(plan);
#endif
  return plan;
}

}  // namespace backprop
