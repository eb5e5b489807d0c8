// Point 6 of the protocol: 10,000 random graphs by every road.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "backprop/operations.hpp"
#include "evidence/compare_graph.hpp"
#include "evidence/report.hpp"
#include "evidence/rewrite.hpp"
#include "graphs_run.hpp"
#include "ops/ops.hpp"
#include "run/reference.hpp"

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

// Where two numbers tie, a comparison jumps with the last bit of either (seed 107731 once did).
TEST(Graphs, compare_only_numbers_that_are_far_apart) {
  int compared = 0;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    const RandomGraph graph = make_random_graph(seed);
    std::vector<Value> sides;
    for (const Equation& e : graph.graph->equations()) {
      if (graph.graph->info(e.outputs[0]).type.dtype != DType::boolean || e.inputs.size() != 2) continue;
      if (graph.graph->info(e.inputs[0]).type.dtype != DType::float64) continue;
      for (const Index i : e.inputs) sides.push_back(graph.graph->value(i));
    }
    StateStore store(3);
    const std::vector<TensorView> inputs(graph.inputs.begin(), graph.inputs.end());
    const std::vector<Tensor> numbers = evaluate_reference(*graph.graph, sides, inputs, store);
    for (std::size_t k = 0; k < numbers.size(); k += 2) {
      const auto a = numbers[k].as<double>(), b = numbers[k + 1].as<double>();
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t i = 0; i < a.size(); ++i) ASSERT_GT(std::fabs(a[i] - b[i]), 0.01) << "seed " << seed;
      ++compared;
    }
  }
  EXPECT_GT(compared, 500);
}

// Rounding passes through stop_gradient, which the bound on float32 must count: here it is all that the loss holds.
TEST(Graphs, bound_the_rounding_behind_stop_gradient) {
  RandomGraph subject;
  subject.graph = std::make_unique<Graph>();
  const Value x = subject.graph->input({}, float64);
  subject.arguments = {x};
  subject.outputs = {log1p(stop_gradient(x - 127.875))};
  Tensor number(float64, Extents{});
  number.as<double>()[0] = 127 + 0.49 * 0x1p-17;  // nearly half a place of float32
  subject.inputs.push_back(std::move(number));
  const GraphFinding finding = compare_graph(subject, "log1p(stop_gradient)");
  EXPECT_TRUE(finding.report.passed()) << to_string(finding.report);
}

// Two differences of near numbers and a power lose five places in float64, by the interpreter as by the plain loops.
TEST(Graphs, bound_float64_by_what_rounding_does) {
  EXPECT_TRUE(compare_graph(make_random_graph(580061), "ill-conditioned").report.passed());
}

}  // namespace
}  // namespace backprop::evidence
