// Activations: rules and derivatives, a row each (x, y: argument and result).
#include <numbers>

#include "ops/ops.hpp"

namespace backprop {
namespace {

using C = const RuleContext&;
Value x(C c) { return c.inputs[0]; }
Value y(C c) { return c.outputs[0]; }
Value positive(C c) { return greater(x(c), ops::constant_like(x(c), 0)); }
Value ones(C c) { return ops::constant_like(x(c), 1); }
double number(C c, const char* name) { return c.attributes.number(name); }
// e^min(x, 0): the exponential of a branch taken for x <= 0 only, finite everywhere.
Value bounded_exp(Value x) { return exp(minimum(x, scalar_like(x, 0))); }

// Klambauer et al. 2017, equation 14.
constexpr double selu_alpha = 1.6732632423543772848170429916717, selu_scale = 1.0507009873554804934193349852946;
// sqrt(2 / pi), and the cubic term of the tanh form of gelu.
constexpr double gelu_scale = 0.79788456080286535587989211986876, gelu_cubic = 0.044715;

constexpr auto sigmoid_rule = [](auto x) { return math::sigmoid(x); };
// max(x, 0) + log(1 + e^-|x|) never overflows.
constexpr auto softplus_rule = [](auto x) {
  return math::maximum(x, math::like(x, 0)) + math::log1p(math::exp(-math::abs(x)));
};
constexpr auto softsign_rule = [](auto x) { return x / (math::like(x, 1) + math::abs(x)); };
constexpr auto relu_rule = [](auto x) { return math::where(x <= math::like(x, 0), math::like(x, 0), x); };
constexpr auto leaky_relu_rule = [](auto x, auto alpha) { return math::where(x > math::like(x, 0), x, alpha * x); };
constexpr auto prelu_rule = [](auto x, auto slope) { return math::where(x > math::like(x, 0), x, slope * x); };
constexpr auto elu_rule = [](auto x, auto alpha) {
  return math::where(x > math::like(x, 0), x, alpha * math::expm1(x));
};
constexpr auto celu_rule = [](auto x, auto alpha) {
  return math::where(x > math::like(x, 0), x, alpha * math::expm1(x / alpha));
};
constexpr auto selu_rule = [](auto x) {
  return math::like(x, selu_scale) * math::where(x > math::like(x, 0), x, math::like(x, selu_alpha) * math::expm1(x));
};
constexpr auto gelu_rule = [](auto x) {
  return math::like(x, 0.5) * x * (math::like(x, 1) + math::erf(x * math::like(x, 1 / std::numbers::sqrt2)));
};
constexpr auto gelu_tanh_rule = [](auto x) {
  const auto u = math::like(x, gelu_scale) * (x + math::like(x, gelu_cubic) * x * x * x);
  return math::like(x, 0.5) * x * (math::like(x, 1) + math::tanh(u));
};
constexpr auto silu_rule = [](auto x) { return x * math::sigmoid(x); };
constexpr auto mish_rule = [](auto x) { return x * math::tanh(softplus_rule(x)); };
constexpr auto hard_sigmoid_rule = [](auto x, auto alpha, auto beta) {
  const auto u = alpha * x + beta, zero = math::like(x, 0), one = math::like(x, 1);
  return math::where(u < zero, zero, math::where(u > one, one, u));
};
constexpr auto hard_swish_rule = [](auto x) {
  return x * hard_sigmoid_rule(x, math::like(x, 1.0 / 6), math::like(x, 0.5));
};

// u inside [0, 1], as a factor.
Value inside(Value u) {
  return ops::mask_like(logical_and(less_equal(scalar_like(u, 0), u), less_equal(u, scalar_like(u, 1))), u);
}

Value gelu_tanh_partial(C c, int) {
  const Value cube = x(c) * x(c) * x(c);
  const Value t = tanh(gelu_scale * (x(c) + gelu_cubic * cube));
  const Value slope = gelu_scale * (1 + 3 * gelu_cubic * x(c) * x(c));
  return 0.5 * (1 + t) + 0.5 * x(c) * (1 - t * t) * slope;
}

}  // namespace

namespace ops {

const Operation sigmoid = elementwise<sigmoid_rule, 1>(
    "sigmoid", [](C c, int) { return y(c) * (1 - y(c)); }, "Sigmoid");
const Operation softplus = elementwise<softplus_rule, 1>(
    "softplus", [](C c, int) { return backprop::sigmoid(x(c)); }, "Softplus");
const Operation softsign = elementwise<softsign_rule, 1>(
    "softsign", [](C c, int) { return backprop::reciprocal(backprop::square(1 + backprop::abs(x(c)))); }, "Softsign");
// From the result: x > 0 exactly where y > 0, so that x is dead after the forward pass.
const Operation relu = elementwise<relu_rule, 1>(
    "relu", [](C c, int) { return mask_like(backprop::greater(y(c), constant_like(y(c), 0)), x(c)); }, "Relu");
const Operation leaky_relu = elementwise<leaky_relu_rule, 1, Signature::floating, "alpha">(
    "leaky_relu",
    [](C c, int) { return backprop::where(positive(c), ones(c), constant_like(x(c), number(c, "alpha"))); },
    "LeakyRelu");
const Operation prelu = elementwise<prelu_rule, 2>(
    "prelu",
    [](C c, int argument) {
      if (argument == 0) return backprop::where(positive(c), ones(c), c.inputs[1]);
      return backprop::where(positive(c), constant_like(x(c), 0), x(c));
    },
    "PRelu");
const Operation elu = elementwise<elu_rule, 1, Signature::floating, "alpha">(
    "elu", [](C c, int) { return backprop::where(positive(c), ones(c), number(c, "alpha") * bounded_exp(x(c))); },
    "Elu");
const Operation celu = elementwise<celu_rule, 1, Signature::floating, "alpha">(
    "celu", [](C c, int) { return backprop::where(positive(c), ones(c), bounded_exp(x(c) / number(c, "alpha"))); },
    "Celu");
const Operation selu = elementwise<selu_rule, 1>(
    "selu", [](C c, int) { return selu_scale * backprop::where(positive(c), ones(c), selu_alpha * bounded_exp(x(c))); },
    "Selu");
const Operation gelu = elementwise<gelu_rule, 1>("gelu", [](C c, int) {
  // Phi(x) + x phi(x)
  const Value density = std::numbers::inv_sqrtpi / std::numbers::sqrt2 * backprop::exp(-0.5 * (x(c) * x(c)));
  return 0.5 * (1 + backprop::erf(x(c) * (1 / std::numbers::sqrt2))) + x(c) * density;
});
const Operation gelu_tanh = elementwise<gelu_tanh_rule, 1>("gelu_tanh", gelu_tanh_partial);
const Operation silu = elementwise<silu_rule, 1>("silu", [](C c, int) {
  const Value s = backprop::sigmoid(x(c));
  return s * (1 + x(c) * (1 - s));
});
const Operation mish = elementwise<mish_rule, 1>(
    "mish",
    [](C c, int) {
      const Value t = backprop::tanh(backprop::softplus(x(c)));
      return t + x(c) * (1 - t * t) * backprop::sigmoid(x(c));
    },
    "Mish");
const Operation hard_sigmoid = elementwise<hard_sigmoid_rule, 1, Signature::floating, "alpha", "beta">(
    "hard_sigmoid", [](C c, int) { return number(c, "alpha") * inside(number(c, "alpha") * x(c) + number(c, "beta")); },
    "HardSigmoid");
const Operation hard_swish = elementwise<hard_swish_rule, 1>(
    "hard_swish",
    [](C c, int) {
      const Value u = x(c) * (1.0 / 6) + 0.5;
      return backprop::hard_sigmoid(x(c), 1.0 / 6, 0.5) + x(c) * (1.0 / 6) * inside(u);
    },
    "HardSwish");

}  // namespace ops
}  // namespace backprop
