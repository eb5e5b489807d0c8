// graphs_tests                       the tests
// graphs_tests --graphs N [--from S] N graphs of the seeds from S (1) on
// graphs_tests --seed S              one graph, printed and compared
#include <gtest/gtest.h>

#include <cstring>
#include <iostream>

#include "evidence/compare_graph.hpp"
#include "graphs_run.hpp"

int main(int argc, char** argv) {
  using namespace backprop::evidence;
  testing::InitGoogleTest(&argc, argv);
  long long graphs = 0, from = 1, seed = -1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const long long number = std::atoll(argv[i + 1]);
    if (std::strcmp(argv[i], "--graphs") == 0) graphs = number;
    if (std::strcmp(argv[i], "--from") == 0) from = number;
    if (std::strcmp(argv[i], "--seed") == 0) seed = number;
  }
  if (seed >= 0) {
    const RandomGraph graph = make_random_graph(static_cast<std::uint64_t>(seed));
    std::cout << graph.graph->to_text();
    const GraphFinding finding = compare_graph(graph, "seed " + std::to_string(seed));
    std::cout << to_string(finding.report);
    return finding.report.passed() ? 0 : 1;
  }
  if (graphs > 0) {
    // Every differentiable operation in one of twenty graphs or more.
    return run_graphs(static_cast<std::uint64_t>(from), graphs, graphs >= 10000 ? graphs / 20 : 0) ? 0 : 1;
  }
  return RUN_ALL_TESTS();
}
