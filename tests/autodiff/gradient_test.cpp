// Differentiation of small graphs whose derivatives are known in closed form.
#include "backprop/gradient.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "backprop/operations.hpp"
#include "run/reference.hpp"

namespace backprop {
namespace {

TEST(Gradient, of_a_dense_layer_with_squared_error) {
  Graph g;
  const Dim B = named("B");
  const Value x = g.input({B, 2}, float64, "x");
  const Value w = g.parameter("w", {2, 1}, initialiser::constant(0.5), float64);
  const Value b = g.parameter("b", {1}, initialiser::zeros(), float64);
  const Value loss = mean(square(matmul(x, w) + b));
  const Value parameters[] = {w, b};
  const std::vector<Value> d = gradient(loss, parameters);
  g.verify();
  StateStore store;
  const Tensor data = Tensor::from<double>({3, 2}, {1, 2, 3, 4, 5, 6});
  const TensorView inputs[] = {data};
  const Value outputs[] = {loss, d[0], d[1]};
  const auto results = evaluate_reference(g, outputs, inputs, store);
  // y = 1.5, 3.5, 5.5
  EXPECT_DOUBLE_EQ(results[0].as<double>()[0], (1.5 * 1.5 + 3.5 * 3.5 + 5.5 * 5.5) / 3);
  EXPECT_DOUBLE_EQ(results[1].as<double>()[0], 2 * (1.5 * 1 + 3.5 * 3 + 5.5 * 5) / 3);
  EXPECT_DOUBLE_EQ(results[1].as<double>()[1], 2 * (1.5 * 2 + 3.5 * 4 + 5.5 * 6) / 3);
  EXPECT_DOUBLE_EQ(results[2].as<double>()[0], 2 * (1.5 + 3.5 + 5.5) / 3);
}

TEST(Gradient, second_order_of_a_product_with_a_zero) {
  Graph g;
  const Value x = g.input({3}, float64, "x");
  const Value h = hessian(prod(x), x);
  StateStore store;
  const Tensor data = Tensor::from<double>({3}, {0, 2, 5});
  const TensorView inputs[] = {data};
  const Value outputs[] = {h};
  const auto r = evaluate_reference(g, outputs, inputs, store);
  const double expected[] = {0, 5, 2, 5, 0, 0, 2, 0, 0};
  for (int i = 0; i < 9; ++i) EXPECT_DOUBLE_EQ(r[0].as<double>()[static_cast<std::size_t>(i)], expected[i]) << i;
}

TEST(Gradient, dual_numbers_agree_through_softmax_cross_entropy) {
  Graph g;
  const Dim B = named("B");
  const Value x = g.input({B, 3}, float64, "x"), t = g.input({B}, int64, "t");
  const Value loss = mean(softmax_cross_entropy(tanh(x), t));
  const Value d = gradient(loss, x);
  StateStore store;
  const Tensor data = Tensor::from<double>({2, 3}, {0.1, -0.4, 0.7, 1.1, 0.2, -0.3});
  const Tensor labels = Tensor::from<std::int64_t>({2}, {2, 0});
  const TensorView inputs[] = {data, labels};
  const Value wanted[] = {d}, losses[] = {loss};
  const auto gradient_values = evaluate_reference(g, wanted, inputs, store);
  for (std::size_t i = 0; i < 6; ++i) {
    Tensor tangent(float64, {2, 3});
    tangent.as<double>()[i] = 1;
    const Tensor tangents[] = {tangent, Tensor()};
    const auto dual = evaluate_dual(g, losses, inputs, tangents, store);
    EXPECT_NEAR(dual[0].tangent.as<double>()[0], gradient_values[0].as<double>()[i], 1e-15);
  }
}

}  // namespace
}  // namespace backprop
