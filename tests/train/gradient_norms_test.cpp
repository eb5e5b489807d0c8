#include "train/gradient_norms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "backprop/fit.hpp"

namespace backprop {
namespace {

// Few enough rows that all of them are looked at.
const std::vector<float> inputs = {1, 2, -1, 0.5f, 0, 3, 2, -2, -0.5f, 1, 1.5f, 0};
const std::vector<double> values = {1, -2, 0.5, 3, 0, -1};

FitOptions plain() {
  return {.optimiser = sgd({.learning_rate = 0.05}),
          .train = TrainOptions(),
          .epochs = 7,
          .validation = 0,
          .standardise = false,
          .standardise_targets = false,
          .seed = 4};
}

TEST(GradientNorms, OfOneLayerAgainstItsFormula) {
  FitOptions options = plain();
  options.epochs = 1;
  options.gradient_norms = 1;
  std::vector<LayerNorm> norms;
  options.on_epoch = [&](const Epoch& epoch) { norms = epoch.gradient_norms; };
  const Model model = fit(sequence(dense(1)), {.inputs = inputs, .values = values}, Examples(), options);
  const auto w = model.states()["dense_1.weight"].as<float>();
  const double b = model.states()["dense_1.bias"].as<float>()[0];
  double gradient[3] = {};  // of 1/n sum (w x + b - y)^2
  for (std::size_t r = 0; r < values.size(); ++r) {
    const double x0 = inputs[2 * r], x1 = inputs[2 * r + 1];
    const double error = static_cast<double>(w[0]) * x0 + static_cast<double>(w[1]) * x1 + b - values[r];
    const double factor = 2 * error / static_cast<double>(values.size());
    gradient[0] += factor * x0;
    gradient[1] += factor * x1;
    gradient[2] += factor;
  }
  ASSERT_EQ(norms.size(), 1u);
  EXPECT_EQ(norms[0].layer, "dense_1");
  EXPECT_NEAR(norms[0].norm, std::hypot(gradient[0], gradient[1], gradient[2]), 1e-5);
}

TEST(GradientNorms, AreSeenEvenlyAndChangeNothing) {
  FitOptions options = plain();
  options.members = 2;
  const Network network = sequence(dense(4, tanh), dense(1));
  const std::vector<float> before =
      fit(network, {.inputs = inputs, .values = values}, Examples(), options).predict(inputs);
  std::vector<int> seen;
  options.gradient_norms = 3;
  options.on_epoch = [&](const Epoch& epoch) {
    if (epoch.gradient_norms.empty()) return;
    seen.push_back(epoch.number);
    ASSERT_EQ(epoch.gradient_norms.size(), 2u);
    EXPECT_EQ(epoch.gradient_norms[1].layer, "dense_2");
    EXPECT_GT(epoch.gradient_norms[0].norm, 0);
  };
  EXPECT_EQ(fit(network, {.inputs = inputs, .values = values}, Examples(), options).predict(inputs), before);
  EXPECT_THAT(seen, testing::ElementsAre(1, 4, 7));
}

}  // namespace
}  // namespace backprop
