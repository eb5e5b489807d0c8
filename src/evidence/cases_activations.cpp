// Cases of the activation functions; the formulas are the papers' plain ones, without care for large arguments.
#include <cmath>
#include <numbers>

#include "evidence/case_parts.hpp"

namespace backprop::evidence {
namespace {

double plain_sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double plain_softplus(double x) { return std::log(1 + std::exp(x)); }
double clamp_01(double x) { return std::fmin(1, std::fmax(0, x)); }

void add_prelu(std::vector<OperationCase>& cases) {
  const Sampler away = {.low = -2, .high = 2, .kinks = {0}};
  add_binary(
      cases, "prelu", prelu, [](double x, double slope) { return x > 0 ? x : slope * x; }, away, away);
  // The slope broadcasts to x, not the other way round.
  std::erase_if(cases, [](const OperationCase& one) {
    if (one.operation != "prelu") return false;
    const Shape& x = one.arguments[0].shape;
    try {
      return !(broadcast_shapes(x, one.arguments[1].shape, "prelu") == x);
    } catch (const Error&) {
      return true;
    }
  });
}

}  // namespace

void add_activation_cases(std::vector<OperationCase>& cases) {
  const auto unary = [&](const char* name, const std::string& label, const std::function<Value(Value)>& apply,
                         double (*formula)(double), Sampler sampler = {.low = -2.5, .high = 2.5}) {
    add_unary(cases, name, label, apply, formula, sampler);
  };
  const Sampler away = {.low = -2.5, .high = 2.5, .kinks = {0}};
  unary("sigmoid", "", sigmoid, plain_sigmoid);
  unary("softplus", "", softplus, plain_softplus);
  unary(
      "softsign", "", softsign, [](double x) { return x / (1 + std::fabs(x)); }, away);
  unary(
      "relu", "", relu, [](double x) { return x > 0 ? x : 0; }, away);
  unary(
      "leaky_relu", "", [](Value x) { return leaky_relu(x); }, [](double x) { return x > 0 ? x : 0.01 * x; }, away);
  unary(
      "leaky_relu", " alpha 0.3", [](Value x) { return leaky_relu(x, 0.3); },
      [](double x) { return x > 0 ? x : 0.3 * x; }, away);
  add_prelu(cases);
  unary(
      "elu", "", [](Value x) { return elu(x); }, [](double x) { return x > 0 ? x : std::exp(x) - 1; }, away);
  unary(
      "elu", " alpha 0.7", [](Value x) { return elu(x, 0.7); },
      [](double x) { return x > 0 ? x : 0.7 * (std::exp(x) - 1); }, away);
  unary(
      "celu", "", [](Value x) { return celu(x); }, [](double x) { return x > 0 ? x : std::exp(x) - 1; }, away);
  unary(
      "celu", " alpha 0.7", [](Value x) { return celu(x, 0.7); },
      [](double x) { return x > 0 ? x : 0.7 * (std::exp(x / 0.7) - 1); }, away);
  unary(
      "selu", "", selu,
      [](double x) { return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (std::exp(x) - 1)); }, away);
  unary("gelu", "", gelu, [](double x) { return x * (1 + std::erf(x / std::numbers::sqrt2)) / 2; });
  unary("gelu_tanh", "", gelu_tanh,
        [](double x) { return x / 2 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x))); });
  unary("silu", "", silu, [](double x) { return x * plain_sigmoid(x); });
  unary("mish", "", mish, [](double x) { return x * std::tanh(plain_softplus(x)); });
  unary(
      "hard_sigmoid", "", [](Value x) { return hard_sigmoid(x); }, [](double x) { return clamp_01(0.2 * x + 0.5); },
      {.low = -4, .high = 4, .kinks = {-2.5, 2.5}});
  unary(
      "hard_sigmoid", " alpha 0.5 beta 0.4", [](Value x) { return hard_sigmoid(x, 0.5, 0.4); },
      [](double x) { return clamp_01(0.5 * x + 0.4); }, {.low = -2, .high = 2, .kinks = {-0.8, 1.2}});
  unary("hard_swish", "", hard_swish, [](double x) { return x * clamp_01(x / 6 + 0.5); },
        {.low = -4, .high = 4, .kinks = {-3, 3}});
}

}  // namespace backprop::evidence
