// Whole plans: their text for a small network, and what must hold of every plan.
#include "plan/plan.hpp"

#include <gtest/gtest.h>

#include "backprop/backprop.hpp"
#include "plan/passes.hpp"
#include "plan/simplify.hpp"

namespace backprop {
namespace {

const Dim B = named("B");

Plan plan_of(const Program& program, const Bindings& sizes) {
  const Simplified simplified = simplify(program);
  Plan plan = make_plan({simplified.graph, simplified.outputs, simplified.updates}, sizes);
  verify(plan);
  return plan;
}

int count_kind(const Plan& plan, StepKind kind) {
  return static_cast<int>(
      std::count_if(plan.steps.begin(), plan.steps.end(), [&](const Step& step) { return step.kind == kind; }));
}

Program regression(Graph& g, const Optimiser& optimiser) {
  const Value x = g.input({B, 4}), t = g.input({B, 1});
  const Network net = sequence(dense(8, tanh), dense(1));
  return train_step(mean(square(net(x) - t)), optimiser);
}

TEST(Plan, UpdatesAreWrittenInPlaceBehindTheCommitPoint) {
  Graph g;
  const Plan plan = plan_of(regression(g, adam()), {{"B", 16}});
  // One program for each parameter with its two moments; the counter is copied.
  EXPECT_EQ(static_cast<Index>(plan.steps.size()) - plan.commit, 5);
  // The fifth product, of one output's gradient with its weights, has one term: it is elementwise.
  EXPECT_EQ(count_kind(plan, StepKind::product), 4);
  EXPECT_EQ(count_kind(plan, StepKind::copy), 1);
  EXPECT_FALSE(plan.checked.empty());
}

TEST(Plan, HoldsForEveryOptimiserAndBatch) {
  for (const std::string_view name : optimiser_names()) {
    for (const std::int64_t batch : {1, 2, 7, 64}) {
      Graph g;
      SCOPED_TRACE(std::string(name) + " " + std::to_string(batch));
      const Plan plan = plan_of(regression(g, optimiser(name)), {{"B", batch}});
      EXPECT_LE(plan.arena_lower_bound, plan.arena_bytes);
      EXPECT_LE(plan.arena_bytes, plan.arena_lower_bound * 5 / 4);
    }
  }
}

TEST(Plan, NetworksSideBySideAreLanesThatShareNoMemory) {
  Graph one, g;
  EXPECT_EQ(plan_of(regression(one, adam()), {{"B", 16}}).lanes, 0);
  const Value x = g.input({B, 4}), t = g.input({B, 1});
  Value total;
  for (const char* name : {"a", "b", "c"}) {
    const Network net(name, {dense(8, tanh), dense(1)});
    const Value loss = mean(square(net(x) - t));
    total = total.valid() ? total + loss : loss;
  }
  const Plan plan = plan_of(train_step(total, adam()), {{"B", 16}});
  EXPECT_EQ(plan.lanes, 3);
  std::vector<Index> lane_at(plan.arena_bytes / 64 + 1, -1);
  for (const Step& step : plan.steps) {
    for (const View& out : step.outputs) {
      const Buffer& buffer = plan.buffers[static_cast<std::size_t>(out.buffer)];
      if (step.lane < 0 || buffer.kind != BufferKind::arena) continue;
      for (std::size_t i = buffer.place / 64; i * 64 < buffer.place + buffer.bytes(); ++i) {
        EXPECT_TRUE(lane_at[i] < 0 || lane_at[i] == step.lane);
        lane_at[i] = step.lane;
      }
    }
  }
}

TEST(Plan, AChainIsOneTileProgram) {
  Graph g;
  const Value x = g.input({B, 4}), y = g.input({4});
  const Value a = tanh(x * y + 0.5), b = where(greater(a, x), exp(a), a);
  const Plan plan = plan_of({{a, b, sum(b)}}, {{"B", 3}});
  EXPECT_EQ(count_kind(plan, StepKind::tile), 1) << to_string(plan);
  EXPECT_EQ(plan.steps[0].outputs.size(), 2u);
}

TEST(Plan, ViewsCostNothing) {
  Graph g;
  const Value x = g.input({6, 4});
  const Value y = transpose(reshape(slice(x, 0, 1, 5), {2, 8})), z = broadcast(slice(x, 0, 0, 1), {5, 4});
  const Value w = g.input({5, 4});
  const Plan plan = plan_of({{exp(y), w - z}}, {});
  EXPECT_EQ(plan.steps.size(), 2u) << to_string(plan);
}

TEST(Plan, VerifyFindsLiveBuffersThatOverlap) {
  Graph g;
  const Value x = g.input({64});
  Plan plan = plan_of({{sum(exp(x) * 2.0), sum(exp(x))}}, {});
  for (Buffer& buffer : plan.buffers) buffer.place = 0;
  EXPECT_THROW(verify(plan), Error);
}

}  // namespace
}  // namespace backprop
