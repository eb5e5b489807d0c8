// The page of calculus: each row is an operation's scalar rule, then its partial derivatives (x, y: arguments and
// result).
#include <numbers>

#include "ops/ops.hpp"

namespace backprop {
namespace {

using C = const RuleContext&;
Value x(C c) { return c.inputs[0]; }
Value y(C c) { return c.outputs[0]; }
Value number(C c, double v) { return scalar_like(c.outputs[0], v); }
// 1 for one argument, -1 for another: a partial that is a constant.
Value ones(C c, int) { return number(c, 1); }
Value zero(C, int) { return {}; }

constexpr auto negate_rule = [](auto x) { return -x; };
constexpr auto abs_rule = [](auto x) { return math::abs(x); };
constexpr auto sign_rule = [](auto x) { return math::sign(x); };
constexpr auto exp_rule = [](auto x) { return math::exp(x); };
constexpr auto expm1_rule = [](auto x) { return math::expm1(x); };
constexpr auto log_rule = [](auto x) { return math::log(x); };
constexpr auto log1p_rule = [](auto x) { return math::log1p(x); };
constexpr auto sqrt_rule = [](auto x) { return math::sqrt(x); };
constexpr auto reciprocal_rule = [](auto x) { return math::like(x, 1) / x; };
constexpr auto square_rule = [](auto x) { return x * x; };
constexpr auto sin_rule = [](auto x) { return math::sin(x); };
constexpr auto cos_rule = [](auto x) { return math::cos(x); };
constexpr auto tan_rule = [](auto x) { return math::tan(x); };
constexpr auto asin_rule = [](auto x) { return math::asin(x); };
constexpr auto acos_rule = [](auto x) { return math::acos(x); };
constexpr auto atan_rule = [](auto x) { return math::atan(x); };
constexpr auto sinh_rule = [](auto x) { return math::sinh(x); };
constexpr auto cosh_rule = [](auto x) { return math::cosh(x); };
constexpr auto tanh_rule = [](auto x) { return math::tanh(x); };
constexpr auto erf_rule = [](auto x) { return math::erf(x); };
constexpr auto floor_rule = [](auto x) { return math::floor(x); };
constexpr auto ceil_rule = [](auto x) { return math::ceil(x); };
constexpr auto round_rule = [](auto x) { return math::round(x); };
constexpr auto add_rule = [](auto a, auto b) { return a + b; };
constexpr auto subtract_rule = [](auto a, auto b) { return a - b; };
constexpr auto multiply_rule = [](auto a, auto b) { return a * b; };
constexpr auto divide_rule = [](auto a, auto b) { return a / b; };
constexpr auto power_rule = [](auto x, auto y) { return math::power(x, y); };
constexpr auto maximum_rule = [](auto a, auto b) { return math::maximum(a, b); };
constexpr auto minimum_rule = [](auto a, auto b) { return math::minimum(a, b); };
constexpr auto multiply_add_rule = [](auto a, auto b, auto c) { return math::multiply_add(a, b, c); };
constexpr auto clip_rule = [](auto x, auto low, auto high) {
  return math::where(x < low, low, math::where(x > high, high, x));
};

Value inverse_root(C c) { return reciprocal(sqrt((1 - x(c)) * (1 + x(c)))); }

// d x^y / dx = y x^(y-1), 0 at x = y = 0; d x^y / dy = x^y log x, 0 at x = 0. The inner `where` keeps what is not chosen
// finite, so that second derivatives are right too.
Value power_partial(C c, int argument) {
  const Value a = c.inputs[0], b = c.inputs[1];
  const Value at_zero = equal(a, ops::constant_like(a, 0));
  if (argument == 0) {
    const Value both = logical_and(at_zero, equal(b, ops::constant_like(b, 0)));
    return b * power(a, where(both, ops::constant_like(b, 1), b) - 1);
  }
  return where(at_zero, ops::constant_like(a, 0), y(c) * log(where(at_zero, ops::constant_like(a, 1), a)));
}

// 1 for the larger, 1/2 each for a tie.
Value extreme_partial(C c, int argument, bool larger) {
  const Value mine = c.inputs[static_cast<std::size_t>(argument)],
              other = c.inputs[static_cast<std::size_t>(1 - argument)];
  const Value wins = larger ? greater(mine, other) : less(mine, other);
  return where(equal(mine, other), ops::constant_like(mine, 0.5), ops::mask_like(wins, mine));
}

}  // namespace

namespace ops {

Value constant_like(Value x, double value) { return x.graph->constant(value, x.dtype(), x.shape()); }

const Operation negate = elementwise<negate_rule, 1, Signature::number>(
    "negate", [](C c, int) { return number(c, -1); }, "Neg");
const Operation abs = elementwise<abs_rule, 1, Signature::number>(
    "abs", [](C c, int) { return backprop::sign(x(c)); }, "Abs");
const Operation sign = elementwise<sign_rule, 1, Signature::number>("sign", zero, "Sign");
const Operation exp = elementwise<exp_rule, 1>(
    "exp", [](C c, int) { return y(c); }, "Exp");
const Operation expm1 = elementwise<expm1_rule, 1>("expm1", [](C c, int) { return backprop::exp(x(c)); });
const Operation log = elementwise<log_rule, 1>(
    "log", [](C c, int) { return backprop::reciprocal(x(c)); }, "Log");
const Operation log1p = elementwise<log1p_rule, 1>("log1p", [](C c, int) { return backprop::reciprocal(1 + x(c)); });
const Operation sqrt = elementwise<sqrt_rule, 1>(
    "sqrt", [](C c, int) { return 0.5 / y(c); }, "Sqrt");
const Operation reciprocal = elementwise<reciprocal_rule, 1>(
    "reciprocal", [](C c, int) { return -(y(c) * y(c)); }, "Reciprocal");
const Operation square = elementwise<square_rule, 1, Signature::number>("square", [](C c, int) { return 2 * x(c); });
const Operation sin = elementwise<sin_rule, 1>(
    "sin", [](C c, int) { return backprop::cos(x(c)); }, "Sin");
const Operation cos = elementwise<cos_rule, 1>(
    "cos", [](C c, int) { return -backprop::sin(x(c)); }, "Cos");
const Operation tan = elementwise<tan_rule, 1>(
    "tan", [](C c, int) { return 1 + y(c) * y(c); }, "Tan");
const Operation asin = elementwise<asin_rule, 1>(
    "asin", [](C c, int) { return inverse_root(c); }, "Asin");
const Operation acos = elementwise<acos_rule, 1>(
    "acos", [](C c, int) { return -inverse_root(c); }, "Acos");
const Operation atan = elementwise<atan_rule, 1>(
    "atan", [](C c, int) { return backprop::reciprocal(1 + x(c) * x(c)); }, "Atan");
const Operation sinh = elementwise<sinh_rule, 1>(
    "sinh", [](C c, int) { return backprop::cosh(x(c)); }, "Sinh");
const Operation cosh = elementwise<cosh_rule, 1>(
    "cosh", [](C c, int) { return backprop::sinh(x(c)); }, "Cosh");
const Operation tanh = elementwise<tanh_rule, 1>(
    "tanh", [](C c, int) { return 1 - y(c) * y(c); }, "Tanh");
const Operation erf = elementwise<erf_rule, 1>(
    "erf", [](C c, int) { return 2 * std::numbers::inv_sqrtpi * backprop::exp(-(x(c) * x(c))); }, "Erf");
const Operation floor = elementwise<floor_rule, 1>("floor", zero, "Floor");
const Operation ceil = elementwise<ceil_rule, 1>("ceil", zero, "Ceil");
const Operation round = elementwise<round_rule, 1>("round", zero, "Round");
const Operation add = elementwise<add_rule, 2, Signature::number>("add", ones, "Add");
const Operation subtract = elementwise<subtract_rule, 2, Signature::number>(
    "subtract", [](C c, int argument) { return number(c, argument == 0 ? 1 : -1); }, "Sub");
const Operation multiply = elementwise<multiply_rule, 2, Signature::number>(
    "multiply", [](C c, int argument) { return c.inputs[static_cast<std::size_t>(1 - argument)]; }, "Mul");
const Operation divide = elementwise<divide_rule, 2, Signature::number>(
    "divide",
    [](C c, int argument) {
      const Value inverse = backprop::reciprocal(c.inputs[1]);
      return argument == 0 ? inverse : -(y(c) * inverse);
    },
    "Div");
const Operation power = elementwise<power_rule, 2>("power", power_partial, "Pow");
const Operation maximum = elementwise<maximum_rule, 2, Signature::number>(
    "maximum", [](C c, int argument) { return extreme_partial(c, argument, true); }, "Max");
const Operation minimum = elementwise<minimum_rule, 2, Signature::number>(
    "minimum", [](C c, int argument) { return extreme_partial(c, argument, false); }, "Min");
const Operation multiply_add = elementwise<multiply_add_rule, 3>("multiply_add", [](C c, int argument) {
  return argument == 2 ? number(c, 1) : c.inputs[static_cast<std::size_t>(1 - argument)];
});
const Operation clip = elementwise<clip_rule, 1, Signature::number, "low", "high">(
    "clip",
    [](C c, int) {
      const Value low = number(c, c.attributes.number("low")), high = number(c, c.attributes.number("high"));
      return mask_like(backprop::logical_and(backprop::less_equal(low, x(c)), backprop::less_equal(x(c), high)), x(c));
    },
    "Clip");

}  // namespace ops
}  // namespace backprop
