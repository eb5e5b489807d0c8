// A copy of a graph with other operations or element types. Values keep their indices. Thread safety: pure functions.
#pragma once
#include <functional>
#include <memory>

#include "backprop/graph.hpp"

namespace backprop::evidence {

std::unique_ptr<Graph> copy_of(const Graph& graph);
// Every equation whose operation is `from` uses `to`, which must outlive the copy.
std::unique_ptr<Graph> with_operation(const Graph& graph, const Operation& from, const Operation& to);
// float64 becomes float32 everywhere.
std::unique_ptr<Graph> in_float32(const Graph& graph);

}  // namespace backprop::evidence
