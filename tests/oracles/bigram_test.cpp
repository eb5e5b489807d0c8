// Softmax regression on letter bigrams: a convex problem whose optimum is a closed form of the counts.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "backprop/compile.hpp"
#include "backprop/gradient.hpp"
#include "backprop/losses.hpp"
#include "backprop/network.hpp"
#include "backprop/optimisers.hpp"
#include "tests/support/shared.hpp"

namespace backprop {
namespace {

using nlohmann::json;

// The 729 pairs of letters as weighted examples, and the model of 27 x 27 logits.
struct Bigrams {
  explicit Bigrams(const json& oracle, double smoothing) {
    for (std::int64_t a = 0; a < 27; ++a) {
      for (std::int64_t b = 0; b < 27; ++b) {
        const auto i = static_cast<std::size_t>(27 * a + b);
        first.as<std::int64_t>()[i] = a;
        second.as<std::int64_t>()[i] = b;
        counts.as<double>()[i] =
            oracle["counts"][static_cast<std::size_t>(a)][static_cast<std::size_t>(b)].get<double>() + smoothing;
      }
    }
  }
  Graph g;
  Value letter = g.input({named("B")}, int64), next = g.input({named("B")}, int64);
  Value weight = g.input({named("B")}, float64);
  Network net = sequence(dense(27, {}, {.weight = initialiser::zeros(), .use_bias = false}));
  Value loss = cross_entropy(net(one_hot(letter, 27, float64)), next, weight);
  Tensor first{int64, {729}}, second{int64, {729}}, counts{float64, {729}};
};

TEST(Bigrams, TheKnownLossesAndGradients) {
  const json oracle = oracle_json("bigram.json");
  if (oracle.is_null()) GTEST_SKIP() << no_shared_data;
  Bigrams b(oracle, 0);
  const Value logits = trainable_parameters(b.loss)[0];
  Compiled run = compile({b.loss, gradient(b.loss, logits)});
  run.run({b.first, b.second, b.counts});
  const json& zero = oracle["at_zero_logits"];
  EXPECT_NEAR(run.scalar(), zero["loss"].get<double>(), 1e-12);
  double squares = 0, largest = 0;
  for (const double x : to_doubles(run.output(1))) {
    squares += x * x;
    largest = std::max(largest, std::fabs(x));
  }
  EXPECT_NEAR(std::sqrt(squares), zero["gradient_norm"].get<double>(), 1e-12);
  EXPECT_NEAR(largest, zero["largest_gradient_entry"].get<double>(), 1e-12);

  const auto loss_at = [&](double smoothing) {
    for (std::size_t i = 0; i < 729; ++i) {
      const double c = b.counts.as<double>()[i] + smoothing;
      run.states()["dense_1.weight"].as<double>()[i] = c > 0 ? std::log(c) : -60;
    }
    run.run({b.first, b.second, b.counts});
    return run.scalar();
  };
  EXPECT_NEAR(loss_at(0), oracle["optimum"]["loss"].get<double>(), 1e-12);
  EXPECT_NEAR(loss_at(1), oracle["other"]["add_one_model_on_plain_counts"].get<double>(), 1e-12);
}

TEST(Bigrams, TrainingReachesTheSmoothedOptimum) {
  const json oracle = oracle_json("bigram.json");
  if (oracle.is_null()) GTEST_SKIP() << no_shared_data;
  Bigrams b(oracle, 1);
  Compiled step = compile(train_step(b.loss, momentum({.learning_rate = 20, .momentum = 0.95})));
  const double optimum = oracle["smoothed"]["loss"];
  int steps = 0;
  do {
    step.run({b.first, b.second, b.counts});
    ASSERT_GT(step.scalar(), optimum - 1e-12);
  } while (step.scalar() > optimum + 1e-9 && ++steps < 20000);
  EXPECT_NEAR(step.scalar(), optimum, 1e-9) << "after " << steps << " steps";
  std::printf("smoothed bigrams: within 1e-9 of the optimum after %d steps of momentum\n", steps);
}

TEST(Bigrams, TrainingComesNearTheInfimumOfThePlainCounts) {
  const json oracle = oracle_json("bigram.json");
  if (oracle.is_null()) GTEST_SKIP() << no_shared_data;
  Bigrams b(oracle, 0);
  Compiled step = compile(train_step(b.loss, momentum({.learning_rate = 20, .momentum = 0.95})));
  for (int i = 0; i < 2000; ++i) step.run({b.first, b.second, b.counts});
  EXPECT_GT(step.scalar(), oracle["optimum"]["loss"].get<double>());
  EXPECT_NEAR(step.scalar(), oracle["optimum"]["loss"].get<double>(), 1e-4);
}

}  // namespace
}  // namespace backprop
