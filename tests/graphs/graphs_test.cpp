// Point 6 of the protocol: 10,000 random graphs by every road.
#include <gtest/gtest.h>

#include <algorithm>

#include "backprop/operations.hpp"
#include "evidence/compare_graph.hpp"
#include "evidence/rewrite.hpp"
#include "graphs_run.hpp"
#include "ops/ops.hpp"

namespace backprop::evidence {
namespace {

TEST(Graphs, ten_thousand_agree_by_every_road_and_hold_every_operation_500_times) {
  EXPECT_TRUE(run_graphs(1, 10000, 500));
}

TEST(Graphs, a_seed_gives_the_same_graph_again) {
  for (const std::uint64_t seed : {1, 2, 12345}) {
    EXPECT_EQ(make_random_graph(seed).graph->to_text(), make_random_graph(seed).graph->to_text());
  }
  EXPECT_NE(make_random_graph(1).graph->to_text(), make_random_graph(2).graph->to_text());
}

TEST(Graphs, catch_a_wrong_rule) {
  Operation wrong = ops::sigmoid;
  wrong.partial = [](const RuleContext& c, int) { return c.outputs[0] * (1.00000001 - c.outputs[0]); };
  int caught = 0, present = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    RandomGraph graph = make_random_graph(seed);
    graph.graph = with_operation(*graph.graph, ops::sigmoid, wrong);
    const GraphFinding finding = compare_graph(graph, "seed");
    const auto& through = finding.differentiated;
    present += std::find(through.begin(), through.end(), "sigmoid") != through.end();
    caught += !finding.report.passed();
  }
  EXPECT_GE(present, 5);
  EXPECT_GE(caught, present - 2);  // now and then the loss hardly depends on it
}

TEST(Graphs, have_3_to_40_operations) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const std::int64_t n = make_random_graph(seed).operations;
    EXPECT_GE(n, 3) << "seed " << seed;
    EXPECT_LE(n, 40) << "seed " << seed;
  }
}

}  // namespace
}  // namespace backprop::evidence
