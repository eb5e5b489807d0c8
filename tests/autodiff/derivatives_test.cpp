// The functions of gradient.hpp against derivatives known by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "backprop/gradient.hpp"
#include "backprop/operations.hpp"
#include "run/reference.hpp"

namespace backprop {
namespace {

std::vector<double> evaluate(Value wanted, const std::vector<Tensor>& inputs) {
  StateStore store;
  const std::vector<TensorView> views(inputs.begin(), inputs.end());
  return to_doubles(evaluate_reference(*wanted.graph, std::span(&wanted, 1), views, store)[0]);
}

void expect_near(const std::vector<double>& got, const std::vector<double>& expected, double tolerance = 1e-13) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], tolerance) << "element " << i;
}

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// (1 - a)^2 + 100 (b - a^2)^2 (Rosenbrock 1960) of one vector [a, b].
Value rosenbrock(Value x) {
  const Value a = reshape(slice(x, 0, 0, 1), {}), b = reshape(slice(x, 0, 1, 2), {});
  return square(1 - a) + 100 * square(b - square(a));
}

struct Rosenbrock : testing::Test {
  Graph g;
  Value x = g.input({2}, float64), loss = rosenbrock(x);
  static constexpr double a = -1.25, b = 0.75;
  std::vector<Tensor> at = {Tensor::from<double>({2}, {a, b})};
  const std::vector<double> hessian_numbers = {2 - 400 * (b - 3 * a * a), -400 * a, -400 * a, 200};
};

TEST_F(Rosenbrock, gradient) {
  expect_near(evaluate(gradient(loss, x), at), {-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)}, 1e-12);
}

TEST_F(Rosenbrock, hessian) { expect_near(evaluate(hessian(loss, x), at), hessian_numbers, 1e-12); }

TEST_F(Rosenbrock, hessian_is_the_jacobian_of_the_gradient) {
  expect_near(evaluate(jacobian(gradient(loss, x), x), at), hessian_numbers, 1e-12);
}

TEST_F(Rosenbrock, hessian_vector_product) {
  const Value v = g.constant(Tensor::from<double>({2}, {0.5, -2}));
  const Value product = hessian_vector_product(loss, std::span(&x, 1), std::span(&v, 1))[0];
  const auto& h = hessian_numbers;
  expect_near(evaluate(product, at), {0.5 * h[0] - 2 * h[1], 0.5 * h[2] - 2 * h[3]}, 1e-12);
}

TEST_F(Rosenbrock, third_derivatives_by_differentiating_again) {
  const Value third = jacobian(hessian(loss, x), x);
  expect_near(evaluate(third, at), {2400 * a, -400, -400, 0, -400, 0, 0, 0}, 1e-11);
}

TEST(Jacobian, of_a_linear_map_is_its_matrix_by_whichever_mode) {
  for (const std::int64_t rows : {2, 5}) {  // forward mode for the tall one, reverse for the wide one
    Graph g;
    const Value m = g.input({rows, 3}, float64), x = g.input({3, 1}, float64);
    const Value j = jacobian(matmul(m, x), x);
    EXPECT_EQ(to_string(j.shape()), "[" + std::to_string(rows) + ", 1, 3, 1]");
    Tensor numbers(float64, {rows, 3});
    for (std::size_t i = 0; i < static_cast<std::size_t>(numbers.size()); ++i) numbers.as<double>()[i] = double(i) - 4;
    expect_near(evaluate(j, {numbers, Tensor(float64, {3, 1})}), to_doubles(numbers), 0);
  }
}

TEST(Jacobian, of_a_batch_by_one_parameter) {
  Graph g;
  const Value x = g.input({named("B")}, float64), w = g.input({}, float64);
  const Value j = jacobian(tanh(x * w), w);
  const Tensor numbers = Tensor::from<double>({3}, {-1, 0.5, 2});
  std::vector<double> expected;
  for (const double n : numbers.as<double>()) expected.push_back(n * (1 - std::pow(std::tanh(n * 0.25), 2)));
  expect_near(evaluate(j, {numbers, Tensor::scalar(0.25)}), expected);
}

TEST(Jacobian, of_what_does_not_depend_is_zero) {
  Graph g;
  const Value x = g.input({2}, float64), y = g.input({3}, float64);
  expect_near(evaluate(jacobian(square(y), x), {Tensor(float64, {2}), Tensor(float64, {3})}),
              std::vector<double>(6, 0.0), 0);
}

TEST(Jacobian, needs_one_side_of_known_size) {
  Graph g;
  const Value x = g.input({named("B")}, float64);
  EXPECT_EQ(message_of([&] { jacobian(square(x), x); }),
            "[jacobian] neither float64[B] nor float64[B] has a number of elements that is known before the run");
}

TEST(Gradient, by_several_arguments_one_of_which_the_loss_does_not_see) {
  Graph g;
  const Value a = g.input({2}, float64), b = g.input({2}, float64), c = g.input({2}, float64);
  const Value arguments[] = {a, b, c};
  const std::vector<Value> d = gradient(sum(a * b), arguments);
  const std::vector<Tensor> at = {Tensor::from<double>({2}, {1, 2}), Tensor::from<double>({2}, {3, 4}),
                                  Tensor(float64, {2})};
  expect_near(evaluate(d[0], at), {3, 4}, 0);
  expect_near(evaluate(d[1], at), {1, 2}, 0);
  expect_near(evaluate(d[2], at), {0, 0}, 0);
}

TEST(Gradient, by_a_value_on_the_way) {
  Graph g;
  const Value x = g.input({2}, float64), h = square(x);
  const Value arguments[] = {x, h};
  const std::vector<Value> d = gradient(sum(h * x), arguments);
  const std::vector<Tensor> at = {Tensor::from<double>({2}, {2, -3})};
  expect_near(evaluate(d[0], at), {12, 27}, 0);  // 3 x^2: through h too
  expect_near(evaluate(d[1], at), {2, -3}, 0);
}

TEST(Gradient, of_the_argument_itself_is_one) {
  Graph g;
  const Value x = g.input({}, float64);
  expect_near(evaluate(gradient(x, x), {Tensor::scalar(3.0)}), {1}, 0);
}

TEST(Gradient, says_what_it_needs) {
  Graph g, other;
  const Value x = g.input({2}, float64), n = g.input({}, int64), elsewhere = other.input({}, float64);
  EXPECT_EQ(message_of([&] { gradient(x, x); }),
            "[gradient] needs a scalar of a floating type, got float64[2] (average it over the examples: mean)");
  EXPECT_NE(message_of([&] { gradient(n, x); }), "no error");
  EXPECT_NE(message_of([&] { gradient(elsewhere, x); }), "no error");
}

TEST(VectorProducts, of_several_outputs_and_arguments_are_each_others_transpose) {
  Graph g;
  const Value x = g.input({2}, float64), y = g.input({2}, float64);
  const Value outputs[] = {x * y, sum(sin(x))}, arguments[] = {x, y};
  const Value tangents[] = {g.constant(Tensor::from<double>({2}, {1, -2})),
                            g.constant(Tensor::from<double>({2}, {3, 5}))};
  const Value cotangents[] = {g.constant(Tensor::from<double>({2}, {0.5, 4})), g.constant(2, float64)};
  const std::vector<Tensor> at = {Tensor::from<double>({2}, {0.5, 1.5}), Tensor::from<double>({2}, {-1, 2})};
  const std::vector<Value> forward = jvp(outputs, arguments, tangents), back = vjp(outputs, cotangents, arguments);
  expect_near(evaluate(forward[0], at), {0.5 * 3 - 1, 1.5 * 5 - 2 * 2});
  expect_near(evaluate(forward[1], at), {std::cos(0.5) - 2 * std::cos(1.5)});
  expect_near(evaluate(back[0], at), {-0.5 + 2 * std::cos(0.5), 8 + 2 * std::cos(1.5)});
  expect_near(evaluate(back[1], at), {0.25, 6});
}

TEST(VectorProducts, refuse_directions_of_another_type) {
  Graph g;
  const Value x = g.input({2}, float64), y = sin(x), wrong = g.constant(1, float64);
  EXPECT_NE(message_of([&] { vjp(std::span(&y, 1), std::span(&wrong, 1), std::span(&x, 1)); }), "no error");
  EXPECT_NE(message_of([&] { jvp(std::span(&y, 1), std::span(&x, 1), std::span(&wrong, 1)); }), "no error");
  EXPECT_NE(message_of([&] { jvp(std::span(&y, 1), std::span(&x, 1), {}); }), "no error");
}

TEST(Derivatives, of_a_deep_chain_do_not_recurse) {
  Graph g;
  const Value x = g.input({}, float64);
  Value y = x;
  for (int i = 0; i < 20000; ++i) y = sin(y);
  double number = 0.5, expected = 1;
  for (int i = 0; i < 20000; ++i) {
    expected *= std::cos(number);
    number = std::sin(number);
  }
  expect_near(evaluate(gradient(y, x), {Tensor::scalar(0.5)}), {expected}, 1e-15);
}

TEST(Derivatives, carry_the_layers_name) {
  Graph g;
  const Value x = g.input({2}, float64);
  Value y;
  {
    const LayerScope scope(g, "bend");
    y = tanh(x);
  }
  const std::size_t before = g.equations().size();
  gradient(sum(y), x);
  bool named = false;
  for (std::size_t n = before; n < g.equations().size(); ++n) named = named || g.equations()[n].layer == "bend";
  EXPECT_TRUE(named);
}

}  // namespace
}  // namespace backprop
