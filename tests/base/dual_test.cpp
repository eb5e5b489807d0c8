// Dual numbers: first derivatives of any function template, second derivatives by Dual<Dual>.
#include "backprop/dual.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "backprop/math.hpp"

namespace backprop {
namespace {

using Second = Dual<Dual<double>>;

// f, f' and f'' at x.
struct Derivatives {
  double value, first, second;
};

template <class F> Derivatives derivatives(F f, double x) {
  const Second y = f(Second{{x, 1}, {1, 0}});
  EXPECT_EQ(y.value.tangent, y.tangent.value);  // both ways to the first derivative
  return {y.value.value, y.value.tangent, y.tangent.tangent};
}

template <class F> void expect_derivatives(F f, double x, double value, double first, double second) {
  const Derivatives got = derivatives(f, x);
  EXPECT_NEAR(got.value, value, 1e-15 * std::fmax(1, std::fabs(value)));
  EXPECT_NEAR(got.first, first, 1e-14 * std::fmax(1, std::fabs(first)));
  EXPECT_NEAR(got.second, second, 1e-13 * std::fmax(1, std::fabs(second)));
  EXPECT_EQ(f(Dual<double>{x, 1}).tangent, got.first);
}

TEST(Dual, derivatives_of_the_functions) {
  const double x = 0.625, e = std::exp(x), s = std::sin(x), c = std::cos(x), t = std::tanh(x);
  expect_derivatives([](auto v) { return math::exp(v); }, x, e, e, e);
  expect_derivatives([](auto v) { return math::expm1(v); }, x, std::expm1(x), e, e);
  expect_derivatives([](auto v) { return math::log(v); }, x, std::log(x), 1 / x, -1 / (x * x));
  expect_derivatives([](auto v) { return math::log1p(v); }, x, std::log1p(x), 1 / (1 + x), -1 / ((1 + x) * (1 + x)));
  expect_derivatives([](auto v) { return math::sqrt(v); }, x, std::sqrt(x), 0.5 / std::sqrt(x),
                     -0.25 / (x * std::sqrt(x)));
  expect_derivatives([](auto v) { return math::sin(v); }, x, s, c, -s);
  expect_derivatives([](auto v) { return math::cos(v); }, x, c, -s, -c);
  expect_derivatives([](auto v) { return math::tan(v); }, x, s / c, 1 / (c * c), 2 * s / (c * c * c));
  expect_derivatives([](auto v) { return math::asin(v); }, x, std::asin(x), 1 / std::sqrt(1 - x * x),
                     x / std::pow(1 - x * x, 1.5));
  expect_derivatives([](auto v) { return math::acos(v); }, x, std::acos(x), -1 / std::sqrt(1 - x * x),
                     -x / std::pow(1 - x * x, 1.5));
  expect_derivatives([](auto v) { return math::atan(v); }, x, std::atan(x), 1 / (1 + x * x),
                     -2 * x / ((1 + x * x) * (1 + x * x)));
  expect_derivatives([](auto v) { return math::sinh(v); }, x, std::sinh(x), std::cosh(x), std::sinh(x));
  expect_derivatives([](auto v) { return math::cosh(v); }, x, std::cosh(x), std::sinh(x), std::cosh(x));
  expect_derivatives([](auto v) { return math::tanh(v); }, x, t, 1 - t * t, -2 * t * (1 - t * t));
  const double y = 1 / (1 + std::exp(-x));
  expect_derivatives([](auto v) { return math::sigmoid(v); }, x, y, y * (1 - y), y * (1 - y) * (1 - 2 * y));
  const double density = 2 * std::numbers::inv_sqrtpi * std::exp(-x * x);
  expect_derivatives([](auto v) { return math::erf(v); }, x, std::erf(x), density, -2 * x * density);
  expect_derivatives([](auto v) { return math::abs(-v); }, x, x, 1, 0);
  expect_derivatives([](auto v) { return math::power(v, decltype(v)(2.5)); }, x, std::pow(x, 2.5),
                     2.5 * std::pow(x, 1.5), 3.75 * std::sqrt(x));
  expect_derivatives([](auto v) { return math::power(decltype(v)(2.0), v); }, x, std::exp2(x),
                     std::log(2) * std::exp2(x), std::log(2) * std::log(2) * std::exp2(x));
}

TEST(Dual, arithmetic_and_mixtures_with_numbers) {
  const double x = 1.5;
  expect_derivatives([](auto v) { return (v * v - 1) / (v + 2); }, x, 1.25 / 3.5, (2 * x * 3.5 - 1.25) / 12.25,
                     2 * 3 / (3.5 * 3.5 * 3.5));
  expect_derivatives([](auto v) { return 3 - v * 2; }, x, 0, -2, 0);
  expect_derivatives([](auto v) { return v *= v; }, x, 2.25, 3, 2);
}

TEST(Dual, a_user_template_with_a_branch_takes_the_derivative_of_the_branch) {
  const auto huber = [](auto v) { return v < 1 ? v * v / 2 : v - 0.5; };
  expect_derivatives(huber, 0.5, 0.125, 0.5, 1);
  expect_derivatives(huber, 2, 1.5, 1, 0);
}

TEST(Dual, newton_by_derivatives_of_a_template_finds_a_root) {
  const auto f = [](auto x) { return x * x * x - 2; };
  double x = 1;
  for (int i = 0; i < 8; ++i) {
    const Dual<double> y = f(Dual<double>{x, 1});
    x -= y.value / y.tangent;
  }
  EXPECT_DOUBLE_EQ(x, std::cbrt(2));
}

}  // namespace
}  // namespace backprop
