// The delta rule of Widrow and Hoff (1960), dw = eta (t - y) x, is backpropagation in a network of one linear unit:
// gradient descent on 1/2 (t - y)^2 after each pattern. Both are run here, and their weights compared.
#include <backprop/backprop.hpp>
#include <cmath>
#include <cstdio>

using namespace backprop;

int main() {
  constexpr double eta = 0.05;
  // Points near the plane t = 2 a - b + 0.5.
  double a[40], b[40], t[40];
  for (int i = 0; i < 40; ++i) {
    a[i] = std::sin(1.0 + i);
    b[i] = std::cos(2.0 * i);
    t[i] = 2 * a[i] - b[i] + 0.5 + 0.01 * std::sin(5.0 * i);
  }

  // By backpropagation.
  Graph g;
  const Value x = g.input({named("B"), 2}, float64), target = g.input({named("B"), 1}, float64);
  const Network unit = sequence(dense(1, {}, {.weight = initialiser::zeros()}));
  const Value loss = average(losses::half_squared(unit(x), target));
  Compiled step = compile(train_step(loss, sgd({.learning_rate = eta})));
  for (int sweep = 0; sweep < 50; ++sweep) {
    for (int i = 0; i < 40; ++i)
      step.run({Tensor::from<double>({1, 2}, {a[i], b[i]}), Tensor::from<double>({1, 1}, {t[i]})});
  }
  const std::vector<double> w = to_doubles(step.states()["dense_1.weight"]);
  const double bias = to_doubles(step.states()["dense_1.bias"])[0];

  // By the rule itself.
  double wa = 0, wb = 0, w0 = 0;
  for (int sweep = 0; sweep < 50; ++sweep) {
    for (int i = 0; i < 40; ++i) {
      const double delta = t[i] - (wa * a[i] + wb * b[i] + w0);
      wa += eta * delta * a[i];
      wb += eta * delta * b[i];
      w0 += eta * delta;
    }
  }

  const double difference = std::fmax(std::fabs(w[0] - wa), std::fmax(std::fabs(w[1] - wb), std::fabs(bias - w0)));
  std::printf("backpropagation  %.6f %.6f %.6f\n", w[0], w[1], bias);
  std::printf("delta rule       %.6f %.6f %.6f\n", wa, wb, w0);
  std::printf("largest difference %.1e\n", difference);
  return difference < 1e-12 && std::fabs(wa - 2) < 0.05 ? 0 : 1;
}
