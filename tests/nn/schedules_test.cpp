#include "backprop/schedules.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "backprop/network.hpp"
#include "backprop/optimisers.hpp"
#include "tests/support/reference_step.hpp"

namespace backprop {
namespace {

using Doubles = std::vector<double>;

// The factors in the steps 0 .. n-1.
Doubles factors(const Schedule& schedule, int n) {
  Graph g;
  const Value factor = schedule(g.input({}, float64));
  EXPECT_EQ(to_string(factor.type()), "float64[]");
  StateStore store;
  Doubles result;
  for (int t = 0; t < n; ++t) {
    const Tensor step = Tensor::scalar<double>(t);
    result.push_back(
        to_doubles(evaluate_reference(g, std::vector<Value>{factor}, std::vector<TensorView>{step}, store)[0])[0]);
  }
  return result;
}

void expect_factors(const Schedule& schedule, const Doubles& expected) {
  const Doubles found = factors(schedule, static_cast<int>(expected.size()));
  for (std::size_t t = 0; t < expected.size(); ++t) EXPECT_NEAR(found[t], expected[t], 1e-14) << "step " << t;
}

double half_cosine(double x) { return (1 + std::cos(M_PI * x)) / 2; }

TEST(Schedules, FollowTheirFormulas) {
  expect_factors(schedule::constant(0.5), {0.5, 0.5});
  expect_factors(schedule::staircase(2, 0.1), {1, 1, 0.1, 0.1, 0.01});
  expect_factors(schedule::exponential(0.25, 2), {1, 0.5, 0.25, 0.125});
  expect_factors(schedule::inverse_time(0.5), {1, 1 / 1.5, 0.5, 1 / 2.5});
  expect_factors(schedule::polynomial(4, 2, 0.2), {1, 0.2 + 0.8 * 9 / 16, 0.4, 0.25, 0.2, 0.2});
  expect_factors(schedule::cosine(4, 0.5),
                 {1, 0.5 + 0.5 * half_cosine(0.25), 0.75, 0.5 + 0.5 * half_cosine(0.75), 0.5, 0.5});
  expect_factors(schedule::warm_up(3), {1.0 / 3, 2.0 / 3, 1, 1});
  expect_factors(schedule::warm_up(2, schedule::exponential(0.5)), {0.5, 1, 1, 0.5, 0.25});
  expect_factors(schedule::inverse_root(4), {0.25, 0.5, 0.75, 1, 2 / std::sqrt(5), 2 / std::sqrt(6)});
  expect_factors(schedule::one_cycle(10, 0.2, 0.1, 0), {0.1, 0.55, 1, half_cosine(0.125), half_cosine(0.25)});
}

TEST(Schedules, WarmRestartsBeginAgainAtOne) {
  expect_factors(schedule::warm_restarts(2), {1, 0.5, 1, 0.5});
  for (const double growth : {2.0, 3.0}) {
    const Doubles found = factors(schedule::warm_restarts(10, growth), 1000);
    double begin = 0, length = 10;
    for (int t = 0; t < 1000; ++t) {
      if (t == begin + length) {
        begin += length;
        length *= growth;
      }
      EXPECT_NEAR(found[static_cast<std::size_t>(t)], half_cosine((t - begin) / length), 1e-9) << t;
    }
  }
}

TEST(Schedules, RefuseZeroSteps) {
  EXPECT_THROW(schedule::cosine(0), UsageError);
  EXPECT_THROW(schedule::warm_up(-1), UsageError);
}

TEST(Schedules, PlateauLowersTheRateOfARunningStep) {
  Graph g;
  const Value p = g.parameter("p", {}, initialiser::constant(10), float64);
  ReferenceStep step(train_step(p, sgd({.learning_rate = 1}), {.schedule = schedule::plateau()}));
  step.run({});
  EXPECT_EQ(step.states()["p"].as<double>()[0], 9);
  Plateau plateau({.factor = 0.5, .patience = 1, .minimum = 0.3});
  EXPECT_FALSE(plateau.observe(3, step.states()));
  EXPECT_FALSE(plateau.observe(2, step.states()));
  EXPECT_FALSE(plateau.observe(2, step.states()));
  EXPECT_TRUE(plateau.observe(2, step.states()));
  step.run({});
  EXPECT_EQ(step.states()["p"].as<double>()[0], 8.5);
  EXPECT_FALSE(plateau.observe(2, step.states()));
  EXPECT_TRUE(plateau.observe(2, step.states()));
  EXPECT_EQ(step.states()["optimiser.plateau"].as<double>()[0], 0.3);
}

}  // namespace
}  // namespace backprop
