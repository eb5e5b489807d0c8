// Two worked examples of backpropagation by hand: M. Mazur's 2-2-2 network and scikit-learn's one step of a 3-2-1 one.
#include <gtest/gtest.h>

#include <cmath>

#include "backprop/compile.hpp"
#include "backprop/gradient.hpp"
#include "backprop/losses.hpp"
#include "backprop/network.hpp"
#include "backprop/optimisers.hpp"
#include "tests/support/shared.hpp"

namespace backprop {
namespace {

using nlohmann::json;
using Doubles = std::vector<double>;

void expect_near(const Doubles& found, const Doubles& expected, double tolerance, const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (std::size_t k = 0; k < found.size(); ++k) EXPECT_NEAR(found[k], expected[k], tolerance) << what << " " << k;
}

// Mazur's w1 .. w8 are the columns of our two matrices, one after the other.
Doubles columns(const Doubles& first, const Doubles& second) {
  return {first[0], first[2], first[1], first[3], second[0], second[2], second[1], second[3]};
}

// The network of the example as graph: with the biases held fixed.
struct Mazur {
  Graph g;
  Value x = g.input({1, 2}, float64), t = g.input({1, 2}, float64);
  Value h = sequence(dense(2, sigmoid))(x);
  Value y = sequence("out", dense(2, sigmoid))(h);
  Value loss = average(losses::half_squared(y, t));
  Tensor input = Tensor::from<double>({1, 2}, {0.05, 0.1}), target = Tensor::from<double>({1, 2}, {0.01, 0.99});

  static void start(StateStore& store) {
    store["dense_1.weight"] = Tensor::from<double>({2, 2}, {0.15, 0.25, 0.2, 0.3});
    store["dense_1.bias"] = Tensor::from<double>({2}, {0.35, 0.35});
    store["out.dense_1.weight"] = Tensor::from<double>({2, 2}, {0.4, 0.5, 0.45, 0.55});
    store["out.dense_1.bias"] = Tensor::from<double>({2}, {0.6, 0.6});
  }
  static Doubles weights(const StateStore& store) {
    return columns(to_doubles(store["dense_1.weight"]), to_doubles(store["out.dense_1.weight"]));
  }
};

TEST(Mazur, ForwardAndBackward) {
  const json oracle = oracle_json("mazur.json");
  if (oracle.is_null()) GTEST_SKIP() << no_shared_data;
  const json& expected = oracle["true"];
  Mazur m;
  const Value parts = losses::half_squared(reshape(m.y, {2, 1}), reshape(m.t, {2, 1}));
  const std::vector<Value> weights = trainable_parameters(m.loss, {"dense_1.bias", "out.dense_1.bias"});
  const std::vector<Value> gradients = gradient(m.loss, weights);
  Compiled run = compile({m.h, m.y, parts, m.loss, gradients[0], gradients[1]});
  m.start(run.states());
  run.run({m.input, m.target});
  const auto numbers = [&](int k) { return to_doubles(run.output(k)); };
  expect_near(numbers(0), expected["hidden"], 1e-15, "hidden");
  expect_near(numbers(1), expected["outputs"], 1e-15, "outputs");
  expect_near(numbers(2), expected["errors_per_output"], 1e-15, "errors");
  EXPECT_NEAR(run.scalar(3), expected["error"].get<double>(), 1e-15);
  expect_near(columns(numbers(4), numbers(5)), expected["gradient"], 1e-15, "gradient");
}

TEST(Mazur, OneStepAndTenThousand) {
  const json oracle = oracle_json("mazur.json");
  if (oracle.is_null()) GTEST_SKIP() << no_shared_data;
  const json &expected = oracle["true"], &buggy = oracle["fingerprint_of_early_update"];
  Mazur m;
  const TrainOptions fixed_biases = {.frozen = {"dense_1.bias", "out.dense_1.bias"}};
  Program program = train_step(m.loss, sgd({.learning_rate = 0.5}), fixed_biases);
  program.outputs.push_back(m.y);
  Compiled step = compile(program);
  m.start(step.states());
  step.run({m.input, m.target});
  const Doubles after_one = m.weights(step.states());
  expect_near(after_one, expected["after_1_step"]["weights"], 1e-15, "weights after 1 step");
  // The blog's own program updated in place too early: the first layer's weights would tell.
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_GT(std::fabs(after_one[k] - buggy["weights_after_1_step"][k].get<double>()), 1e-5);
  }
  step.run({m.input, m.target});
  EXPECT_NEAR(step.scalar(), expected["after_1_step"]["error"].get<double>(), 1e-15);
  EXPECT_GT(std::fabs(step.scalar() - buggy["error_after_1_step"].get<double>()), 1e-8);

  for (int i = 2; i < 10000; ++i) step.run({m.input, m.target});
  expect_near(m.weights(step.states()), expected["after_10000_steps"]["weights"], 1e-12, "weights after 10,000");
  step.run({m.input, m.target});
  EXPECT_NEAR(step.scalar(), expected["after_10000_steps"]["error"].get<double>(), 1e-12);
  EXPECT_GT(std::fabs(step.scalar() - buggy["error_after_10000_steps"].get<double>()), 1e-8);
  expect_near(to_doubles(step.output(1)), expected["after_10000_steps"]["outputs"], 1e-12, "outputs after 10,000");
}

TEST(Mazur, BiasesThatLearnToo) {
  const json oracle = oracle_json("mazur.json");
  if (oracle.is_null()) GTEST_SKIP() << no_shared_data;
  const json& expected = oracle["true"]["after_1_step_if_biases_learn_too"];
  Mazur m;
  Compiled step = compile(train_step(m.loss, sgd({.learning_rate = 0.5})));
  m.start(step.states());
  step.run({m.input, m.target});
  Doubles biases = to_doubles(step.states()["dense_1.bias"]);
  for (const double b : to_doubles(step.states()["out.dense_1.bias"])) biases.push_back(b);
  expect_near(biases, expected["biases"], 1e-15, "biases");
  step.run({m.input, m.target});
  EXPECT_NEAR(step.scalar(), expected["error"].get<double>(), 1e-15);
}

// The bug of the blog, written out: the hidden deltas from output weights that are already updated.
TEST(Mazur, TheFingerprintIsThatOfAnEarlyUpdate) {
  const json oracle = oracle_json("mazur.json");
  if (oracle.is_null()) GTEST_SKIP() << no_shared_data;
  const json& buggy = oracle["fingerprint_of_early_update"];
  Mazur m;
  const std::vector<Value> w = trainable_parameters(m.loss, {"dense_1.bias", "out.dense_1.bias"});
  const Value updated = w[1] - 0.5 * gradient(m.loss, w[1]);
  const Value delta = (m.y - m.t) * m.y * (1.0 - m.y);
  const Value hidden_delta = matmul(delta, updated, false, true) * m.h * (1.0 - m.h);
  m.g.update(w[1], updated);
  m.g.update(w[0], w[0] - 0.5 * matmul(m.x, hidden_delta, true));
  Compiled step = compile({.outputs = {m.loss, m.y}, .updates = m.g.updates()});
  m.start(step.states());
  step.run({m.input, m.target});
  expect_near(m.weights(step.states()), buggy["weights_after_1_step"], 1e-15, "weights after 1 step");
  for (int i = 1; i <= 10000; ++i) step.run({m.input, m.target});
  EXPECT_NEAR(step.scalar(), buggy["error_after_10000_steps"].get<double>(), 1e-12);
  expect_near(to_doubles(step.output(1)), buggy["outputs_after_10000_steps"], 1e-12, "outputs after 10,000");
}

TEST(ScikitLearn, OneStepWithL2) {
  const json oracle = oracle_json("sklearn_mlp.json");
  if (oracle.is_null()) GTEST_SKIP() << no_shared_data;
  const json& expected = oracle["true"];
  Graph g;
  const Value x = g.input({1, 3}, float64), t = g.input({1, 1}, float64);
  const Value h = sequence(dense(2, sigmoid))(x);
  const Value z = sequence("out", dense(1))(h);
  const Value w1 = g.state(g.states()[0]), w2 = g.state(g.states()[2]);
  const Value penalty = 0.1 / 2 * (sum(square(w1)) + sum(square(w2)));
  const Value entropy = binary_cross_entropy(z, t);
  Program program = train_step(entropy, sgd({.learning_rate = 0.1}), {.weight_decay = 0.1, .decay_biases = false});
  program.outputs.insert(program.outputs.end(), {h, sigmoid(z), entropy + penalty});
  const std::vector<Value> parameters = trainable_parameters(entropy + penalty);
  for (const Value& gradient : gradient(entropy + penalty, parameters)) program.outputs.push_back(gradient);
  Compiled step = compile(program);
  StateStore& store = step.states();
  store["dense_1.weight"] = Tensor::from<double>({3, 2}, {0.1, 0.2, 0.3, 0.1, 0.5, 0.0});
  store["dense_1.bias"] = Tensor::from<double>({2}, {0.1, 0.1});
  store["out.dense_1.weight"] = Tensor::from<double>({2, 1}, {0.1, 0.2});
  store["out.dense_1.bias"] = Tensor::from<double>({1}, {1.0});
  const Tensor input = Tensor::from<double>({1, 3}, {0.6, 0.8, 0.7}), target = Tensor::from<double>({1, 1}, {0.0});
  step.run({input, target});

  const auto numbers = [&](int k) { return to_doubles(step.output(k)); };
  const auto flat = [](const json& rows) {
    Doubles all;
    for (const json& row : rows) all.insert(all.end(), row.begin(), row.end());
    return all;
  };
  expect_near(numbers(1), expected["hidden"], 1e-15, "hidden");
  expect_near(numbers(2), {expected["output"].get<double>()}, 1e-15, "output");
  expect_near(numbers(3), {expected["loss"].get<double>()}, 1e-15, "loss");
  const json &gradient = expected["gradient"], &after = expected["after_1_step"];
  expect_near(numbers(4), flat(gradient["W1"]), 1e-15, "gradient of W1");
  expect_near(numbers(5), gradient["b1"], 1e-15, "gradient of b1");
  expect_near(numbers(6), gradient["W2"], 1e-15, "gradient of W2");
  expect_near(numbers(7), {gradient["b2"].get<double>()}, 1e-15, "gradient of b2");
  expect_near(to_doubles(store["dense_1.weight"]), flat(after["W1"]), 1e-15, "W1");
  expect_near(to_doubles(store["dense_1.bias"]), after["b1"], 1e-15, "b1");
  expect_near(to_doubles(store["out.dense_1.weight"]), after["W2"], 1e-15, "W2");
  expect_near(to_doubles(store["out.dense_1.bias"]), {after["b2"].get<double>()}, 1e-15, "b2");
  step.run({input, target});
  expect_near(numbers(2), {expected["after_1_step_output"].get<double>()}, 1e-15, "output after the step");
}

}  // namespace
}  // namespace backprop
