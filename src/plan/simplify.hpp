// Passes from graph to graph that keep the meaning: what a plan, and the interpreter beside it, start from.
// Thread safety: pure functions.
#pragma once
#include <vector>

#include "backprop/program.hpp"

namespace backprop {

// A graph of its own, with all inputs of the one it came from.
struct Simplified {
  Graph graph;
  std::vector<Index> outputs;
  std::vector<Update> updates;
};

// Copies what outputs and updates need. Throws Error when they are not all of one graph.
Simplified extract(const Program& program);
// All passes.
Simplified simplify(const Program& program);

}  // namespace backprop
