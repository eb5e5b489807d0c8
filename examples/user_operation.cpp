// An operation of your own, outside the library, in one file: log cosh x, its derivative, and the check that every
// operation of the library passes. A wrong derivative is refused.
#include <backprop/backprop.hpp>
#include <cmath>
#include <iostream>

using namespace backprop;

// y = log cosh x = |x| + log(1 + e^(-2|x|)) - log 2, which never overflows. One rule serves numbers, dual numbers and
// the planner, which fuses it like any other.
constexpr auto log_cosh_rule = [](auto x) {
  const auto a = math::abs(x);
  return a + math::log1p(math::exp(math::like(x, -2) * a)) - math::like(x, 0.6931471805599453);
};
// dy/dx = tanh x, written with the public operations, so that it has a derivative itself.
const Operation log_cosh_operation =
    elementwise<log_cosh_rule, 1>("log_cosh", [](const RuleContext& c, int) { return tanh(c.inputs[0]); });

Value log_cosh(Value x) { return x.graph->apply(log_cosh_operation, {x}); }

// The same with a mistake: the derivative of tanh x instead.
const Operation wrong_operation = elementwise<log_cosh_rule, 1>("log_cosh", [](const RuleContext& c, int) {
  const Value y = tanh(c.inputs[0]);
  return 1 - y * y;
});

int main() {
  // Calls with numbers away from 0, where |x| has its kink and differences would see it.
  const OperationCall calls[] = {{{Tensor::from<double>({2, 3}, {-1.5, -0.7, -0.2, 0.3, 0.9, 2.0})}},
                                 {{Tensor::from<double>({}, {0.5})}},
                                 {{Tensor(float64, {0, 2})}}};
  const GradientReport report = check_operation(log_cosh_operation, calls);
  std::cout << "log_cosh:\n" << to_string(report) << '\n';
  report.require();  // throws when the derivative is wrong

  const GradientReport refused = check_operation(wrong_operation, calls);
  if (refused.passed()) return 1;
  std::cout << "with a wrong derivative:\n  " << refused.failures.front() << '\n';

  // It is used like any other.
  Graph graph;
  const Value x = graph.input({3}, float64, "x");
  const Value loss = mean(log_cosh(x));
  const Value arguments[] = {x};
  const Tensor at = Tensor::from<double>({3}, {-2.0, 0.5, 1.0});
  const TensorView inputs[] = {at};
  check_gradients(loss, arguments, inputs, StateStore()).require();

  Compiled run = compile({loss, gradient(loss, x)});
  run.run({at});
  std::cout << "\nmean log cosh = " << run.scalar(0) << ", its gradient:";
  for (const double g : run.output(1).as<double>()) std::cout << ' ' << g;
  std::cout << '\n';
  return std::abs(run.output(1).as<double>()[1] - std::tanh(0.5) / 3) < 1e-15 ? 0 : 1;
}
