// A random graph by every road: text and back, reverse mode against dual numbers, planned against interpreted, float32
// against float64. Thread safety: pure functions; compare_graphs uses threads of its own.
#pragma once
#include <functional>
#include <map>

#include "backprop/check_gradients.hpp"
#include "evidence/random_graph.hpp"

namespace backprop::evidence {

struct GraphFinding {
  GradientReport report;
  std::vector<std::string> differentiated;  // operations through which the loss depends on an argument, each once
};
GraphFinding compare_graph(const RandomGraph& random_graph, const std::string& name);

struct GraphsResult {
  std::int64_t graphs = 0;
  GradientReport report;                          // failures begin with "seed N: "
  std::map<std::string, std::int64_t> histogram;  // graphs that differentiate the operation
};
// Compares the graphs of the seeds first .. first + count - 1. `progress` is called now and then with the number done,
// from any thread.
GraphsResult compare_graphs(std::uint64_t first, std::int64_t count, int threads,
                            const std::function<void(std::int64_t)>& progress = {});

}  // namespace backprop::evidence
