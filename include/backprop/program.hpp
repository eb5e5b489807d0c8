// What compile() takes. Thread safety: as for Graph.
#pragma once
#include <vector>

#include "backprop/graph.hpp"

namespace backprop {

// What to compute: values of one graph, and what its states become. A training step's updates make it a step: they are
// all written together after everything else, so that every equation sees the states' old values.
struct Program {
  std::vector<Value> outputs;
  std::vector<Update> updates = {};
  Graph* graph = nullptr;  // needed only when there are no outputs
};

}  // namespace backprop
