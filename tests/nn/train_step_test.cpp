// The training step's options: clipping, accumulation, averages, frozen parameters, decay; and the optimisers that the
// published trajectories do not cover.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "backprop/losses.hpp"
#include "backprop/network.hpp"
#include "backprop/operations.hpp"
#include "backprop/optimisers.hpp"
#include "tests/support/reference_step.hpp"

namespace backprop {
namespace {

using Doubles = std::vector<double>;

// Steps of one parameter whose gradient is given: the loss is sum_k p_k g_k.
template <class Step> class Driven {
 public:
  Driven(const Optimiser& optimiser, const TrainOptions& options, const Doubles& start)
      : extents_{static_cast<std::int64_t>(start.size())} {
    Graph g;
    const Value p = g.parameter("p", extents_, initialiser::zeros(), float64);
    step_ = std::make_unique<Step>(train_step(sum(p * g.input(Shape(extents_), float64)), optimiser, options));
    step_->states()["p"] = Tensor::from<double>(extents_, start);
  }
  Doubles run(const Doubles& gradient) {
    const Tensor g = Tensor::from<double>(extents_, gradient);
    step_->run({g});
    return state("p");
  }
  Doubles state(const std::string& name) { return to_doubles(step_->states()[name]); }
  StateStore& states() { return step_->states(); }

 private:
  Extents extents_;
  std::unique_ptr<Step> step_;
};
using Reference = Driven<ReferenceStep>;

const Optimiser plain = sgd({.learning_rate = 1});

TEST(TrainStep, ClipsByValueThenByGlobalNorm) {
  EXPECT_EQ(Reference(plain, {.clip_value = 2}, {0, 0}).run({3, -1}), (Doubles{-2, 1}));
  EXPECT_EQ(Reference(plain, {.clip_norm = 1}, {0, 0}).run({3, -4}), (Doubles{-0.6000000000000001, 0.8}));
  EXPECT_EQ(Reference(plain, {.clip_norm = 6}, {0, 0}).run({3, -4}), (Doubles{-3, 4}));
  EXPECT_EQ(Reference(plain, {.clip_norm = 1}, {0, 0}).run({0, 0}), (Doubles{0, 0}));
}

TEST(TrainStep, ClipsAllParametersTogether) {
  Graph g;
  const Value a = g.parameter("a", {}, initialiser::zeros(), float64);
  const Value b = g.parameter("b", {2}, initialiser::zeros(), float32);
  const Value loss = 3.0 * a + cast(4.0 * sum(slice(b, 0, 0, 1)), float64);
  ReferenceStep step(train_step(loss, plain, {.clip_norm = 1}));
  step.run({});
  EXPECT_NEAR(step.states()["a"].as<double>()[0], -0.6, 1e-15);
  EXPECT_NEAR(step.states()["b"].as<float>()[0], -0.8, 1e-7);
  EXPECT_EQ(step.states()["b"].as<float>()[1], 0);
}

TEST(TrainStep, AccumulatedRunsEqualOneOfTheirMean) {
  Reference whole(adam({.learning_rate = 0.1}), {.weight_decay = 0.1, .averaging = Averaging::polyak}, {1, 2});
  Reference parts(adam({.learning_rate = 0.1}), {.weight_decay = 0.1, .accumulate = 2, .averaging = Averaging::polyak},
                  {1, 2});
  for (int i = 0; i < 5; ++i) {
    const Doubles before = parts.state("p");
    EXPECT_EQ(parts.run({1, 4}), before);
    EXPECT_EQ(parts.run({3, -1}), whole.run({2, 1.5}));
    EXPECT_EQ(parts.state("p.average"), whole.state("p.average"));
  }
  EXPECT_EQ(parts.state("optimiser.step"), Doubles{5});
}

TEST(TrainStep, AveragesParameters) {
  Reference mean(plain, {.averaging = Averaging::polyak}, {0, 0});
  for (const double p : {1.0, 2.0, 6.0}) mean.run({mean.state("p")[0] - p, 0});
  EXPECT_NEAR(mean.state("p.average")[0], 3, 1e-15);
  Reference moving(plain, {.averaging = Averaging::exponential, .averaging_decay = 0.75}, {0, 0});
  for (const double p : {1.0, 2.0, 6.0}) moving.run({moving.state("p")[0] - p, 0});
  EXPECT_NEAR(moving.state("p.average")[0], 0.75 * 1.25 + 0.25 * 6, 1e-15);
  swap_averages(moving.states());
  EXPECT_EQ(moving.state("p.average")[0], 6);
  swap_averages(moving.states());
  EXPECT_EQ(moving.state("p")[0], 6);
  StateStore without;
  EXPECT_THROW(swap_averages(without), Error);
}

TEST(TrainStep, DecaysWeightsByBothRules) {
  EXPECT_EQ(Reference(plain, {.weight_decay = 0.5}, {2, 4}).run({1, 0}), (Doubles{0, 2}));
  EXPECT_EQ(Reference(plain, {.weight_decay = 0.5, .decay_biases = false}, {2, 4}).run({1, 0}), (Doubles{1, 4}));
  EXPECT_EQ(Reference(sgd({.learning_rate = 0.5}), {.decoupled_weight_decay = 0.5}, {2, 4}).run({1, 0}),
            (Doubles{1, 3}));
}

TEST(TrainStep, LeavesFrozenParametersAlone) {
  Graph g;
  const Value x = g.input({named("B"), 2}, float64), t = g.input({named("B"), 1}, float64);
  const Value loss = squared_error(sequence(dense(3, backprop::tanh), dense(1))(x), t);
  EXPECT_EQ(trainable_parameters(loss, {"dense_1"}).size(), 2u);
  EXPECT_EQ(trainable_parameters(loss, {"dense_1.bias"}).size(), 3u);
  EXPECT_EQ(trainable_parameters(loss, {"dense"}).size(), 4u);
  EXPECT_THROW(train_step(loss, plain, {.frozen = {"dense_1", "dense_2"}}), UsageError);
  const Program program = train_step(loss, plain, {.frozen = {"dense_1"}});
  std::vector<std::string> updated;
  for (const Update& u : program.updates) updated.push_back(u.state);
  EXPECT_THAT(updated, testing::UnorderedElementsAre("dense_2.weight", "dense_2.bias", "optimiser.step"));
}

TEST(TrainStep, SchedulesMultiplyTheLearningRate) {
  Reference steps(plain, {.schedule = schedule::staircase(2, 0.5)}, {0, 0});
  for (int i = 0; i < 3; ++i) steps.run({1, 0});
  EXPECT_EQ(steps.state("p")[0], -2.5);
}

TEST(TrainStep, RefusesWhatMakesNoSense) {
  Graph g;
  const Value p = g.parameter("p", {}, initialiser::zeros());
  EXPECT_THROW(train_step(p, sgd({.learning_rate = -1})), UsageError);
  EXPECT_THROW(train_step(p, plain, {.accumulate = 0}), UsageError);
  EXPECT_THROW(train_step(p, plain, {.clip_norm = -1}), UsageError);
  EXPECT_THROW(train_step(g.input({}), plain), UsageError);
}

// Igel and Huesken's iRprop-: grow while the sign stays, shrink and rest where it turns.
TEST(Rprop, FollowsTheSigns) {
  Reference steps(rprop({.learning_rate = 0.1}), {}, {0, 0});
  EXPECT_EQ(steps.run({5, 0.01})[0], -0.1);
  EXPECT_NEAR(steps.run({5, 0.01})[1], -0.1 - 0.12, 1e-15);
  EXPECT_NEAR(steps.run({-1, 3})[0], -0.22, 1e-15);
  EXPECT_NEAR(steps.state("p")[1], -0.22 - 0.144, 1e-15);
  EXPECT_NEAR(steps.run({-1, 3})[0], -0.22 + 0.06, 1e-15);
}

// PyTorch's forms of two optimisers whose published steps are Keras': one step by the formula.
TEST(Optimisers, PyTorchsFormsOfAdamaxAndNadam) {
  const double g = 0.5, lr = 0.01;
  EXPECT_NEAR(Reference(adamax({.learning_rate = lr, .epsilon = 0.1, .epsilon_in_maximum = true}), {}, {1}).run({g})[0],
              1 - lr / (1 - 0.9) * (0.1 * g) / (g + 0.1), 1e-15);
  const double mu1 = 0.9 * (1 - 0.5 * std::pow(0.96, 0.004)), mu2 = 0.9 * (1 - 0.5 * std::pow(0.96, 0.008));
  EXPECT_NEAR(Reference(nadam({.learning_rate = lr}), {}, {1}).run({g})[0],
              1 - lr * (mu2 * (0.1 * g) / (1 - mu1 * mu2) + (1 - mu1) * g / (1 - mu1)) / (g + 1e-8), 1e-14);
}

TEST(Optimisers, LambDecaysInsideTheTrustRatio) {
  const Doubles p = {3, 4}, g = {1, -1};
  const Doubles d = {1 / (1 + 1e-6) + 0.1 * 3, -1 / (1 + 1e-6) + 0.1 * 4};
  const Doubles found = Reference(lamb({.learning_rate = 0.1, .weight_decay = 0.1}), {}, p).run(g);
  for (std::size_t k = 0; k < 2; ++k) EXPECT_NEAR(found[k], p[k] - 0.1 * 5 / std::hypot(d[0], d[1]) * d[k], 1e-14);
}

TEST(Optimisers, AllAreKnownByNameAndReduceAQuadratic) {
  for (const std::string_view name : optimiser_names()) {
    Graph g;
    const Value p = g.parameter("p", {2, 3}, initialiser::uniform(-1, 1), float32);
    const Value loss = sum(square(p - 0.5));
    Optimiser o = optimiser(name, name == "adadelta" ? 100 : 0.02);
    ReferenceStep step(train_step(loss, o), 5);
    step.run({});
    const double first = step.scalar();
    for (int i = 0; i < 100; ++i) step.run({});
    EXPECT_LT(step.scalar(), 0.8 * first) << name;
  }
  EXPECT_THROW(optimiser("adamm"), UsageError);
  EXPECT_EQ(optimiser("adam", 0.5).learning_rate, 0.5);
}

TEST(Optimisers, ARateGivenWithTheNameIsTheRateOfTheFirstStep) {
  EXPECT_EQ(Reference(optimiser("rprop", 0.25), {}, {1}).run({3})[0], 0.75);
  EXPECT_EQ(Reference(optimiser("sgd", 0.25), {}, {1}).run({3})[0], 0.25);
}

}  // namespace
}  // namespace backprop
