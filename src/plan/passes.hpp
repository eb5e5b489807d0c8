// The passes from a simplified graph to a plan, one file each, in the order in which make_plan runs them.
// Thread safety: pure functions.
#pragma once
#include <span>
#include <vector>

#include "plan/plan.hpp"

namespace backprop {

// What is to be planned. `updates` name states; inputs and states are numbered as in graph.inputs() and graph.states().
struct PlanRequest {
  const Graph& graph;
  std::vector<Index> outputs;
  std::vector<Update> updates;
};

// A step an equation, views where nothing moves, updates as copies into the states at the end.
Plan write_steps(const PlanRequest& request, const Bindings& sizes);
// Numbers that depend on states and constants alone come first.
void hoist_scalars(Plan& plan);
// A row added to every row of a product becomes the product's third input.
void attach_biases(Plan& plan);
// A softmax cross-entropy and its gradient become one step with the outputs gradient and loss.
void join_cross_entropy(Plan& plan);
// Elementwise steps over one space become one.
void fuse_tiles(Plan& plan);
// Updates are written by the step that computes them, where no later step reads the state's old value.
void commit_in_place(Plan& plan);
// Groups of steps that threads may run side by side.
void find_lanes(Plan& plan);
// Offsets of the arena: lifetimes, largest first, lowest fitting offset; elementwise steps in place. Lanes lie
// apart.
void place_buffers(Plan& plan);

// What must hold after each of the passes, buffers placed or not. Throws Error naming the step.
void verify_steps(const Plan& plan);

// All of them; debug builds verify after each.
Plan make_plan(const PlanRequest& request, const Bindings& sizes);

}  // namespace backprop
