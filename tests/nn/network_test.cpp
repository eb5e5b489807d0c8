#include "backprop/network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "backprop/compile.hpp"
#include "backprop/losses.hpp"
#include "backprop/optimisers.hpp"
#include "tests/support/reference_step.hpp"

namespace backprop {
namespace {

const Dim B = named("B");

std::vector<std::string> names_of_states(const Graph& graph) {
  std::vector<std::string> names;
  for (const StateSpec& spec : graph.states()) names.push_back(spec.name);
  return names;
}

std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Network, LearnsInputSizesAndNamesItsStates) {
  Graph g;
  const Network net = sequence(dense(5, relu), dense(4, tanh), dense(3));
  const Value y = net(g.input({B, 7}));
  EXPECT_EQ(to_string(y.type()), "float32[B, 3]");
  EXPECT_EQ(names_of_states(g), (std::vector<std::string>{"dense_1.weight", "dense_1.bias", "dense_2.weight",
                                                          "dense_2.bias", "dense_3.weight", "dense_3.bias"}));
  EXPECT_EQ(g.states()[0].extents, (Extents{7, 5}));
  EXPECT_EQ(g.states()[0].initialiser, initialiser::he_uniform());
  EXPECT_EQ(g.states()[2].initialiser, initialiser::glorot_uniform());
}

TEST(Network, AppliedTwiceSharesItsStates) {
  Graph g;
  const Network net = sequence(dense(5, relu), dropout(0.5), dense(3));
  net(g.input({B, 7}), Mode::training);
  net(g.input({B, 7}), Mode::evaluation);
  EXPECT_EQ(g.states().size(), 4u);
}

TEST(Network, CountsThroughNestedNetworksAndPrefixesCountAlone) {
  Graph g;
  const Network net = sequence(dense(4), residual(sequence(dense(4, relu), dense(4))), sequence("head", dense(2)));
  const Value y = net(g.input({B, 3}, float64));
  EXPECT_EQ(to_string(y.type()), "float64[B, 2]");
  EXPECT_EQ(g.states()[4].name, "dense_3.weight");
  EXPECT_EQ(g.states()[6].name, "head.dense_1.weight");
}

TEST(Network, SkipLinksTheInputsDirectly) {
  Graph g;
  const Network net = sequence(skip(dense(1, sigmoid)), dense(1, sigmoid));
  net(g.input({B, 2}));
  EXPECT_EQ(g.states()[2].extents, (Extents{3, 1}));
}

TEST(Network, TakesAnyFunctionAsActivation) {
  Graph g;
  const auto mine = [](Value x) { return x * sigmoid(1.702 * x); };
  const Network net = sequence(dense(4, mine), relu, dense(4, leaky_relu), dense(4, activation("selu")), softsign);
  EXPECT_EQ(to_string(net(g.input({B, 3})).type()), "float32[B, 4]");
  EXPECT_EQ(Activation(leaky_relu).name(), "leaky_relu");
  for (const auto name : activation_names()) EXPECT_EQ(activation(name).name(), name);
  EXPECT_THAT(error_of([] { activation("rleu"); }), testing::HasSubstr("there is no activation 'rleu'; there are"));
}

TEST(Network, ErrorsNameTheLayer) {
  Graph g;
  const Network net = sequence(dense(4), dense(3));
  net(g.input({B, 7}));
  EXPECT_THAT(error_of([&] { net(g.input({B, 8})); }), testing::HasSubstr("dense_1.weight"));
  EXPECT_THAT(error_of([&] { net(g.input({B})); }), testing::HasSubstr("in layer 'dense_1'"));
  EXPECT_THAT(error_of([&] { net(g.input({B, 7}, int64)); }), testing::HasSubstr("needs numbers of a floating type"));
  const Network odd = sequence(dense(3), [](Value x) { return reshape(x, {4, 4}); });
  Graph h;
  EXPECT_THAT(error_of([&] { odd(h.input({B, 2})); }), testing::HasSubstr("in layer 'activation_1'"));
  EXPECT_THAT(error_of([&] {
                sequence(dropout(0.5))(h.input({B, 2}, float32, "x2"));
              }),
              testing::HasSubstr("layer 'dropout_1' differs between training and evaluation"));
}

TEST(Network, DropoutKeepsTheMeanAndIsTheIdentityInEvaluation) {
  Graph g;
  const Network net = sequence(dropout(0.25));
  const Value x = g.input({B, 100}, float64);
  const Value trained = net(x, Mode::training);
  EXPECT_EQ(net(x, Mode::evaluation), x);
  Tensor ones(float64, {100, 100});
  for (double& v : ones.as<double>()) v = 1;
  StateStore store(7);
  const std::vector<Value> outputs = {trained};
  const std::vector<TensorView> inputs = {ones};
  double total = 0;
  for (const double v : to_doubles(evaluate_reference(g, outputs, inputs, store)[0])) {
    EXPECT_TRUE(v == 0 || v == 1 / 0.75);
    total += v;
  }
  EXPECT_NEAR(total / 10000, 1, 0.03);
}

// A bias is a weight on a constant input of 1: x W + b and [x, 1] V, with V's last row for b, give the same bits after
// a hundred steps of training.
template <class T, class Step> void bias_equals_weight(std::int64_t examples) {
  const auto train = [&](bool as_weight) {
    constexpr DType dtype = dtype_of<T>;
    Graph g;
    const Value x = g.input({B, 3}, dtype), t = g.input({B, 2}, dtype);
    Value z;
    if (as_weight) {
      const Value v = g.parameter("v", {4, 2}, initialiser::zeros(), dtype);
      z = matmul(concat({x, broadcast(g.constant(1, dtype), {B, 1})}, 1), v);
    } else {
      const Value w = g.parameter("w", {3, 2}, initialiser::zeros(), dtype);
      z = matmul(x, w) + g.parameter("b", {2}, initialiser::zeros(), dtype);
    }
    Step step(train_step(average(losses::half_squared(tanh(z), t)), momentum({.learning_rate = 0.1})), {});
    Tensor inputs(dtype, {examples, 3}), targets(dtype, {examples, 2});
    double k = 0;
    for (T& v : inputs.as<T>()) v = T(std::sin(++k));
    for (T& v : targets.as<T>()) v = T(std::cos(3 * ++k));
    for (int i = 0; i < 100; ++i) step.run({inputs, targets});
    if (as_weight) return to_doubles(step.states()["v"]);
    std::vector<double> result = to_doubles(step.states()["w"]);
    for (const double v : to_doubles(step.states()["b"])) result.push_back(v);
    return result;
  };
  EXPECT_EQ(train(true), train(false));
}
TEST(Network, BiasEqualsAWeightOnAConstantInputOfOne) {
  bias_equals_weight<float, ReferenceStep>(8);
  bias_equals_weight<double, ReferenceStep>(8);
  for (const std::int64_t examples : {1, 8, 33, 100}) {
    bias_equals_weight<float, Compiled>(examples);
    bias_equals_weight<double, Compiled>(examples);
  }
}

}  // namespace
}  // namespace backprop
