// Fits a curve to measurements by Levenberg-Marquardt: cooling water, T(t) = room + rise e^(-t / time). The residuals
// are written down once; the Jacobian follows from them.
#include <backprop/minimise.hpp>
#include <backprop/operations.hpp>
#include <cmath>
#include <cstdio>

using namespace backprop;

int main() {
  // Minutes, degrees Celsius.
  const Tensor minutes = Tensor::from<double>({8}, {0, 5, 10, 15, 20, 30, 45, 60});
  const Tensor degrees = Tensor::from<double>({8}, {90.1, 75.3, 63.8, 54.9, 47.7, 37.8, 29.2, 24.9});

  Graph g;
  const Dim n = named("N");
  const Value t = g.input({n}, float64, "minutes"), measured = g.input({n}, float64, "degrees");
  const Value room = g.parameter("room", {}, initialiser::constant(15), float64);
  const Value rise = g.parameter("rise", {}, initialiser::constant(50), float64);
  const Value time = g.parameter("time", {}, initialiser::constant(10), float64);
  const Value residuals = room + rise * exp(negate(t) / time) - measured;

  const auto store = std::make_shared<StateStore>();
  const TensorView inputs[] = {minutes, degrees};
  const Minimised result = least_squares(residuals, inputs, store);

  std::printf("%d iterations: %s\n", result.iterations, result.reason.c_str());
  for (const auto& [name, entry] : *store) std::printf("%-5s %8.4f\n", name.c_str(), entry.tensor.as<double>()[0]);
  std::printf("root mean square of the residuals: %.3f degrees\n", std::sqrt(2 * result.loss / 8));
  return result.converged ? 0 : 1;
}
