// Least squares beyond the published problems: redundant parameters, networks, and what is refused.
#include "backprop/minimise.hpp"

#include <gtest/gtest.h>

#include "backprop/operations.hpp"

namespace backprop::test {
namespace {

Value scalar(Graph& g, const std::string& name, double start) {
  return g.parameter(name, {}, initialiser::constant(start), float64);
}

// a + b is determined, a and b are not: the damping picks the nearest of all solutions.
TEST(LeastSquares, StandsRedundantParameters) {
  Graph g;
  const auto store = std::make_shared<StateStore>();
  const Value x = g.input({named("N")}, float64, "x"), y = g.input({named("N")}, float64, "y");
  const Value unused = scalar(g, "unused", 7);
  const Value model = (scalar(g, "a", 0) + scalar(g, "b", 1)) * x + unused * 0.0;
  const Tensor xs = Tensor::from<double>({4}, {1, 2, 3, 4}), ys = Tensor::from<double>({4}, {3, 6, 9, 12});
  const Minimised result = least_squares(model - y, {{xs, ys}}, store);
  EXPECT_TRUE(result.converged) << result.reason;
  EXPECT_NEAR((*store)["a"].as<double>()[0] + (*store)["b"].as<double>()[0], 3, 1e-12);
  EXPECT_EQ((*store)["unused"].as<double>()[0], 7);
}

// More parameters than residuals: XOR by a 2-4-1 network, 17 parameters and 4 residuals.
TEST(LeastSquares, TrainsANetworkToAnExactFit) {
  Graph g;
  const auto store = std::make_shared<StateStore>(3);
  const Value x = g.input({4, 2}, float64, "x"), t = g.input({4, 1}, float64, "t");
  const Value w1 = g.parameter("w1", {2, 4}, initialiser::normal(0, 1), float64);
  const Value b1 = g.parameter("b1", {4}, initialiser::normal(0, 1), float64);
  const Value w2 = g.parameter("w2", {4, 1}, initialiser::normal(0, 1), float64);
  const Value b2 = g.parameter("b2", {1}, initialiser::zeros(), float64);
  const Value y = matmul(tanh(matmul(x, w1) + b1), w2) + b2;
  const Tensor xs = Tensor::from<double>({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1}),
               ts = Tensor::from<double>({4, 1}, {0, 1, 1, 0});
  const Minimised result = least_squares(y - t, {{xs, ts}}, store);
  EXPECT_LT(result.loss, 1e-20) << result.reason;
  EXPECT_LT(result.iterations, 100);
}

// x^2 + 1 has no zero, and is least at x = 0, where the Jacobian vanishes.
TEST(LeastSquares, EndsWhereTheGradientVanishes) {
  Graph g;
  const auto store = std::make_shared<StateStore>();
  const Value x = scalar(g, "x", 2);
  const Minimised result = least_squares(square(x) + 1.0, {}, store);
  EXPECT_NEAR(result.loss, 0.5, 1e-10) << result.reason;
  EXPECT_NEAR((*store)["x"].as<double>()[0], 0, 1e-4);
}

TEST(LeastSquares, RefusesAStartThatIsNotFinite) {
  Graph g;
  EXPECT_THROW(least_squares(log(scalar(g, "x", -1)), {}, std::make_shared<StateStore>()), DivergedError);
}

TEST(Minimise, MovesParametersOfFloat32) {
  Graph g;
  const auto store = std::make_shared<StateStore>();
  const Value w = g.parameter("w", {3}, initialiser::constant(5));
  const Tensor target = Tensor::from<float>({3}, {1, 2, 3});
  const Value loss = sum(square(w - g.input({3}, float32, "t")));
  const Minimised result = minimise(loss, {{target}}, store, Lbfgs{.gradient_tolerance = 1e-5});
  EXPECT_TRUE(result.converged) << result.reason;
  for (int i = 0; i < 3; ++i) EXPECT_NEAR((*store)["w"].as<float>()[static_cast<std::size_t>(i)], i + 1, 1e-5);
}

}  // namespace
}  // namespace backprop::test
