// Cases of the elementwise arithmetic.
#include <cmath>

#include "evidence/case_parts.hpp"

namespace backprop::evidence {
namespace {

// Integers are numbers too: the same meaning, no derivative.
void add_integer(std::vector<OperationCase>& cases, const std::string& operation, std::size_t arity, const Build& build,
                 Pointwise formula) {
  for (const DType dtype : {int32, int64}) {
    OperationCase one = {
        .operation = operation, .label = std::string(to_string(dtype)), .build = build, .formula = pointwise(formula)};
    for (std::size_t i = 0; i < arity; ++i) {
      one.arguments.push_back({{2, 3}, {.low = -9, .high = 9, .kinks = {0}}, dtype});
    }
    cases.push_back(std::move(one));
  }
}

template <Value (*Apply)(Value)> Build one_argument() {
  return [](Graph&, std::span<const Value> x) -> std::vector<Value> { return {Apply(x[0])}; };
}

template <Value (*Apply)(Value, Value)> Build two_arguments() {
  return [](Graph&, std::span<const Value> x) -> std::vector<Value> { return {Apply(x[0], x[1])}; };
}

void add_clip(std::vector<OperationCase>& cases) {
  add_unary(
      cases, "clip", " to [-0.5, 0.75]", [](Value x) { return clip(x, -0.5, 0.75); },
      [](double x) { return std::fmin(std::fmax(x, -0.5), 0.75); }, {.kinks = {-0.5, 0.75}});
}

void add_power(std::vector<OperationCase>& cases) {
  add_binary(cases, "power", power, std::pow, {.low = 0.4, .high = 2}, {.low = 0.4, .high = 2});
  add_binary(cases, "power", power, std::pow, {.low = 0.4, .high = 2}, {.low = -2.5, .high = -0.4});
  // At exponent 0 the first derivative by the base is 0, the mixed second one is not.
  add_binary(cases, "power", power, std::pow, {.low = 0.4, .high = 2}, {.exactly = {0}});
  // A negative base has a power only for whole exponents, and no derivative by them.
  for (const double exponent : {-2.0, 0.0, 1.0, 2.0, 3.0}) {
    cases.push_back({.operation = "power",
                     .label = "negative base, exponent " + std::to_string(exponent),
                     .arguments = {{{4}, {.low = -2, .high = -0.4}},
                                   {{}, {.exactly = {exponent}}, float64, /*differentiate=*/false}},
                     .build = two_arguments<power>(),
                     .formula = pointwise([](std::span<const double> x) { return std::pow(x[0], x[1]); })});
  }
}

void add_multiply_add(std::vector<OperationCase>& cases) {
  for (const Shape& shape : {Shape{2, 3}, Shape{}, Shape{0, 2}, Shape{named("B"), 2}}) {
    cases.push_back({.operation = "multiply_add",
                     .label = to_string(shape),
                     .arguments = {{shape}, {shape}, {shape}},
                     .build = [](Graph&, std::span<const Value> x) -> std::vector<Value> {
                       return {multiply_add(x[0], x[1], x[2])};
                     },
                     .formula = pointwise([](std::span<const double> x) { return x[0] * x[1] + x[2]; })});
  }
}

}  // namespace

void add_elementwise_cases(std::vector<OperationCase>& cases) {
  const auto unary = [&](const char* name, Value (*apply)(Value), double (*formula)(double), Sampler sampler = {}) {
    add_unary(cases, name, "", apply, formula, sampler);
  };
  unary("negate", negate, [](double x) { return -x; });
  unary("abs", abs, [](double x) { return std::fabs(x); }, {.kinks = {0}});
  unary("sign", sign, [](double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0; }, {.kinks = {0}});
  unary("exp", exp, [](double x) { return std::exp(x); });
  unary("expm1", expm1, [](double x) { return std::exp(x) - 1; });
  unary("log", log, [](double x) { return std::log(x); }, {.low = 0.3, .high = 3});
  unary("log1p", log1p, [](double x) { return std::log(1 + x); }, {.low = -0.6, .high = 3});
  unary("sqrt", sqrt, [](double x) { return std::sqrt(x); }, {.low = 0.3, .high = 3});
  unary("reciprocal", reciprocal, [](double x) { return 1 / x; }, {.low = 0.4, .high = 2});
  unary("reciprocal", reciprocal, [](double x) { return 1 / x; }, {.low = -2, .high = -0.4});
  unary("square", square, [](double x) { return x * x; });
  unary("sin", sin, [](double x) { return std::sin(x); });
  unary("cos", cos, [](double x) { return std::cos(x); });
  unary("tan", tan, [](double x) { return std::sin(x) / std::cos(x); }, {.low = -1, .high = 1});
  unary("asin", asin, [](double x) { return std::asin(x); }, {.low = -0.8, .high = 0.8});
  unary("acos", acos, [](double x) { return std::acos(x); }, {.low = -0.8, .high = 0.8});
  unary("atan", atan, [](double x) { return std::atan(x); });
  unary("sinh", sinh, [](double x) { return (std::exp(x) - std::exp(-x)) / 2; });
  unary("cosh", cosh, [](double x) { return (std::exp(x) + std::exp(-x)) / 2; });
  unary("tanh", tanh, [](double x) { return 1 - 2 / (std::exp(2 * x) + 1); });
  unary("erf", erf, [](double x) { return 1 - std::erfc(x); });
  unary("floor", floor, [](double x) { return std::floor(x); }, {.kinks = {-1, 0, 1}});
  unary("ceil", ceil, [](double x) { return std::ceil(x); }, {.kinks = {-1, 0, 1}});
  unary("round", round, [](double x) { return std::floor(x + 0.5); }, {.kinks = {-1.5, -0.5, 0.5, 1.5}});

  const Sampler away_from_zero = {.low = -2, .high = 2, .kinks = {0, -0.1, 0.1, -0.2, 0.2, -0.3, 0.3}};
  add_binary(cases, "add", add, [](double a, double b) { return a + b; }, {}, {});
  add_binary(cases, "subtract", subtract, [](double a, double b) { return a - b; }, {}, {});
  add_binary(cases, "multiply", multiply, [](double a, double b) { return a * b; }, {}, {});
  add_binary(
      cases, "divide", divide, [](double a, double b) { return a / b; }, away_from_zero, away_from_zero);
  add_power(cases);
  const Sampler even = {.low = -2, .high = 2, .spacing = 0.5};
  const Sampler odd = {.low = -2, .high = 2, .spacing = 0.5, .offset = 0.25};
  add_binary(
      cases, "maximum", maximum, [](double a, double b) { return std::fmax(a, b); }, even, odd);
  add_binary(
      cases, "minimum", minimum, [](double a, double b) { return std::fmin(a, b); }, even, odd);
  add_multiply_add(cases);
  add_clip(cases);

  add_integer(cases, "negate", 1, one_argument<negate>(), [](auto x) { return -x[0]; });
  add_integer(cases, "abs", 1, one_argument<abs>(), [](auto x) { return std::fabs(x[0]); });
  add_integer(cases, "add", 2, two_arguments<add>(), [](auto x) { return x[0] + x[1]; });
  add_integer(cases, "subtract", 2, two_arguments<subtract>(), [](auto x) { return x[0] - x[1]; });
  add_integer(cases, "multiply", 2, two_arguments<multiply>(), [](auto x) { return x[0] * x[1]; });
  add_integer(cases, "maximum", 2, two_arguments<maximum>(), [](auto x) { return std::fmax(x[0], x[1]); });
  add_integer(cases, "minimum", 2, two_arguments<minimum>(), [](auto x) { return std::fmin(x[0], x[1]); });
}

}  // namespace backprop::evidence
