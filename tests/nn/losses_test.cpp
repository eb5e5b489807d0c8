#include "backprop/losses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "backprop/gradient.hpp"
#include "backprop/network.hpp"
#include "run/reference.hpp"

namespace backprop {
namespace {

using Doubles = std::vector<double>;
const Dim B = named("B");

// The losses of examples with two outputs each, by graph.
Doubles evaluate(const std::function<Value(Value, Value)>& loss, const Doubles& y, const Doubles& t) {
  Graph g;
  const Value outputs = g.input({B, 2}, float64), targets = g.input({B, 2}, float64);
  const auto n = static_cast<std::int64_t>(y.size() / 2);
  const Tensor ys = Tensor::from<double>({n, 2}, y), ts = Tensor::from<double>({n, 2}, t);
  StateStore store;
  const std::vector<Value> values = {loss(outputs, targets)};
  EXPECT_EQ(to_string(values[0].type()), "float64[B]");
  return to_doubles(evaluate_reference(g, values, std::vector<TensorView>{ys, ts}, store)[0]);
}

// d of the loss of one example by each output, against central differences.
void check_gradient(const std::function<Value(Value, Value)>& loss, const Doubles& y, const Doubles& t) {
  Graph g;
  const Value outputs = g.input({1, 2}, float64), targets = g.input({1, 2}, float64);
  const Value gradients = gradient(sum(loss(outputs, targets)), outputs);
  const Tensor ys = Tensor::from<double>({1, 2}, y), ts = Tensor::from<double>({1, 2}, t);
  StateStore store;
  const Doubles found =
      to_doubles(evaluate_reference(g, std::vector<Value>{gradients}, std::vector<TensorView>{ys, ts}, store)[0]);
  for (std::size_t k = 0; k < 2; ++k) {
    const double h = 1e-6;
    Doubles up = y, down = y;
    up[k] += h;
    down[k] -= h;
    EXPECT_NEAR(found[k], (evaluate(loss, up, t)[0] - evaluate(loss, down, t)[0]) / (2 * h), 1e-8);
  }
}

struct Case {
  const char* name;
  std::function<Value(Value, Value)> loss;
  std::function<double(double, double)> term;  // of one output
  bool mean;                                   // over the outputs; else their sum
};

double sigma(double z) { return 1 / (1 + std::exp(-z)); }

TEST(Losses, OfNumbersFollowTheirFormulas) {
  const auto abs = [](double x) { return std::fabs(x); };
  const std::vector<Case> cases = {
      {"half_squared", losses::half_squared, [](double y, double t) { return (y - t) * (y - t) / 2; }, false},
      {"squared", losses::squared, [](double y, double t) { return (y - t) * (y - t); }, true},
      {"absolute", losses::absolute, [&](double y, double t) { return abs(y - t); }, true},
      {"huber", [](Value y, Value t) { return losses::huber(y, t, 0.5); },
       [&](double y, double t) { return abs(y - t) < 0.5 ? (y - t) * (y - t) / 2 : 0.5 * (abs(y - t) - 0.25); }, true},
      {"log_cosh", losses::log_cosh, [](double y, double t) { return std::log(std::cosh(y - t)); }, true},
      {"quantile", [](Value y, Value t) { return losses::quantile(y, t, 0.9); },
       [](double y, double t) { return t > y ? 0.9 * (t - y) : 0.1 * (y - t); }, true},
      {"quantiles",
       [](Value y, Value t) {
         return losses::quantile(y, t, std::vector{0.9, 0.9});
       },
       [](double y, double t) { return t > y ? 0.9 * (t - y) : 0.1 * (y - t); }, true},
      {"poisson", losses::poisson, [](double y, double t) { return std::exp(y) - t * y; }, true},
      {"gaussian", [](Value y, Value t) { return losses::gaussian(y, 0.5 * y, t); },
       [](double y, double t) { return 0.5 * (std::log(2 * M_PI) + y / 2 + (t - y) * (t - y) / std::exp(y / 2)); },
       true},
      {"binary", [](Value y, Value t) { return losses::binary_cross_entropy(y, t, 0.1); },
       [](double y, double t) {
         const double s = 0.9 * t + 0.05;
         return -s * std::log(sigma(y)) - (1 - s) * std::log(1 - sigma(y));
       },
       true},
      {"binary of p", [](Value y, Value t) { return losses::binary_cross_entropy_of_probabilities(sigmoid(y), t); },
       [](double y, double t) { return -t * std::log(sigma(y)) - (1 - t) * std::log(1 - sigma(y)); }, true},
      {"hinge", losses::hinge, [](double y, double t) { return std::max(0.0, 1 - t * y); }, true},
  };
  const Doubles y = {0.3, -1.2, 2.5, 0.8, -0.4, 0.1}, t = {0.1, 0.9, 0.25, 0.75, 0.6, 0.35};
  for (const Case& c : cases) {
    const Doubles found = evaluate(c.loss, y, t);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double total = c.term(y[2 * i], t[2 * i]) + c.term(y[2 * i + 1], t[2 * i + 1]);
      EXPECT_NEAR(found[i], c.mean ? total / 2 : total, 1e-14) << c.name;
    }
    check_gradient(c.loss, {0.3, -1.2}, {0.1, 0.9});
  }
}

TEST(Losses, OfClassesFollowTheirFormulas) {
  const Doubles z = {0.3, -1.2}, t = {0.25, 0.75};
  const double log_p[] = {-std::log1p(std::exp(-1.5)), -std::log1p(std::exp(1.5))};
  EXPECT_NEAR(evaluate([](Value y, Value d) { return losses::cross_entropy(y, d); }, z, t)[0],
              -0.25 * log_p[0] - 0.75 * log_p[1], 1e-15);
  EXPECT_NEAR(evaluate([](Value y, Value d) { return losses::cross_entropy(y, d, 0.2); }, z, t)[0],
              -0.3 * log_p[0] - 0.7 * log_p[1], 1e-15);
  EXPECT_NEAR(evaluate(losses::divergence, z, t)[0],
              0.25 * (std::log(0.25) - log_p[0]) + 0.75 * (std::log(0.75) - log_p[1]), 1e-15);
  EXPECT_NEAR(evaluate(losses::divergence, z, {0, 1})[0], -log_p[1], 1e-15);

  const auto of_index = [](auto loss) { return [=](Value y, Value d) { return loss(y, argmax(d)); }; };
  EXPECT_NEAR(evaluate(of_index([](Value y, Value i) { return losses::cross_entropy(y, i, 0.2); }), z, t)[0],
              -0.1 * log_p[0] - 0.9 * log_p[1], 1e-15);
  const auto focal = of_index([](Value y, Value i) { return losses::focal(y, i, 2); });
  EXPECT_NEAR(evaluate(focal, z, t)[0], -std::pow(1 - std::exp(log_p[1]), 2) * log_p[1], 1e-15);
  check_gradient(focal, z, t);
}

TEST(Losses, StayFiniteAndExactForLargeOutputs) {
  const auto binary = [](Value y, Value t) { return losses::binary_cross_entropy(y, t); };
  EXPECT_DOUBLE_EQ(evaluate(binary, {1000, 1000}, {0, 0})[0], 1000);
  EXPECT_DOUBLE_EQ(evaluate(binary, {40, 40}, {1, 1})[0], std::exp(-40.0));
  EXPECT_NEAR(evaluate(losses::log_cosh, {800, -800}, {0, 0})[0], 800 - std::log(2), 1e-12);
  const auto entropy = [](Value y, Value t) { return losses::cross_entropy(y, t); };
  EXPECT_DOUBLE_EQ(evaluate(entropy, {1000, 0}, {0, 1})[0], 1000);
}

TEST(Losses, AverageWeighsExamples) {
  Graph g;
  const Value l = g.input({B}, float64), w = g.input({B}, float64);
  const Tensor ls = Tensor::from<double>({3}, {1, 2, 6}), ws = Tensor::from<double>({3}, {1, 0, 3});
  StateStore store;
  const auto results =
      evaluate_reference(g, std::vector<Value>{average(l), average(l, w)}, std::vector<TensorView>{ls, ws}, store);
  EXPECT_EQ(to_doubles(results[0])[0], 3);
  EXPECT_EQ(to_doubles(results[1])[0], 19.0 / 4);
}

TEST(Losses, RefuseTargetsOfAnotherShape) {
  Graph g;
  const Value y = g.input({B, 1}), t = g.input({B});
  try {
    squared_error(y, t);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "[squared] outputs and targets differ: float32[B, 1] and float32[B]");
  }
}

TEST(CheckLoss, AcceptsTheLibrarysLosses) {
  Graph g;
  const Value x = g.input({B, 4}, float64), t = g.input({B, 3}, float64), k = g.input({B}, int64);
  const Value y = sequence(dense(5, backprop::tanh), dense(3))(x);
  using namespace losses;
  for (const Value loss : {half_squared(y, t), squared(y, t), absolute(y, t), huber(y, t), log_cosh(y, t),
                           quantile(y, t, 0.9), poisson(y, t), gaussian(y, 0.5 * y, t),
                           losses::cross_entropy(y, t, 0.1), losses::binary_cross_entropy(y, t, 0.1),
                           binary_cross_entropy_of_probabilities(y, t), hinge(y, t), divergence(y, t)}) {
    EXPECT_EQ(check_loss(average(loss), y, t).explanation, "");
  }
  for (const Value loss : {losses::cross_entropy(y, k), losses::cross_entropy(y, k, 0.1), focal(y, k)}) {
    EXPECT_EQ(check_loss(average(loss), y, k).explanation, "");
  }
}

TEST(CheckLoss, SaysWhichConditionDoesNotHold) {
  Graph g;
  const Value x = g.input({B, 4}, float64, "x"), t = g.input({B, 3}, float64);
  const Value y = sequence(dense(5, backprop::tanh), dense(3))(x);
  const Value weight = g.state(g.states()[0]);

  const LossConditions summed = check_loss(sum(square(y - t)), y, t);
  EXPECT_TRUE(summed.function_of_outputs);
  EXPECT_FALSE(summed.average_over_examples);
  EXPECT_THAT(summed.explanation, testing::HasSubstr("it is their sum; divide by their number"));

  const LossConditions penalised = check_loss(squared_error(y, t) + 0.01 * sum(square(weight)), y, t);
  EXPECT_FALSE(penalised.function_of_outputs);
  EXPECT_TRUE(penalised.average_over_examples);
  EXPECT_THAT(penalised.explanation, testing::HasSubstr("depends on the parameter 'dense_1.weight', past the outputs"));

  const LossConditions both = check_loss(reduce_max(square(y - t)) * mean(x), y, t);
  EXPECT_FALSE(both.hold());
  EXPECT_THAT(both.explanation, testing::HasSubstr("the input 'x'"));
  EXPECT_THAT(both.explanation, testing::HasSubstr("not an average over the examples"));
}

}  // namespace
}  // namespace backprop
