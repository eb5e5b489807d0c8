// The perceptron of Rosenblatt (1958) changes its weights by t x where it is wrong, t = -1 or 1. That is gradient
// descent after each pattern on the loss max(0, -t y) of a linear unit: the derivative of the hinge is all there is.
#include <backprop/backprop.hpp>
#include <cstdio>

using namespace backprop;

int main() {
  // Twelve points on both sides of a line: a separable problem, so it ends with no errors (Novikoff 1962).
  const double points[12][2] = {{1, 2}, {2, 3},   {3, 3.5}, {0, 1},  {1.5, 4}, {-1, 1},
                                {1, 0}, {2, 0.5}, {3, 1},   {0, -1}, {4, 2.5}, {-1, -2}};
  const auto side = [](int i) { return i < 6 ? 1.0 : -1.0; };

  Graph g;
  const Value x = g.input({named("B"), 2}, float64), t = g.input({named("B"), 1}, float64);
  const Network unit = sequence(dense(1, {}, {.weight = initialiser::zeros()}));
  const Value y = unit(x);
  // At y = 0 the perceptron counts as wrong, so the derivative there must be -t: a comparison instead of max.
  const Value wrong = less_equal(t * y, scalar_like(y, 0));
  const Value loss = sum(where(wrong, -(t * y), scalar_like(y, 0)));
  Program program = train_step(loss, sgd({.learning_rate = 1}));
  program.outputs.push_back(sum(cast(wrong, float64)));
  Compiled step = compile(program);

  double w[3] = {0, 0, 0};  // the rule itself: two weights and the bias
  int sweeps = 0, errors = 1;
  while (errors > 0 && ++sweeps < 1000) {
    errors = 0;
    for (int i = 0; i < 12; ++i) {
      const double *p = points[i], s = side(i);
      step.run({Tensor::from<double>({1, 2}, {p[0], p[1]}), Tensor::from<double>({1, 1}, {s})});
      errors += static_cast<int>(step.scalar(1));
      if (s * (w[0] * p[0] + w[1] * p[1] + w[2]) <= 0) {
        w[0] += s * p[0];
        w[1] += s * p[1];
        w[2] += s;
      }
    }
  }
  const std::vector<double> weights = to_doubles(step.states()["dense_1.weight"]);
  const double bias = to_doubles(step.states()["dense_1.bias"])[0];
  std::printf("no errors after %d sweeps\n", sweeps);
  std::printf("backpropagation  %g %g %g\n", weights[0], weights[1], bias);
  std::printf("perceptron rule  %g %g %g\n", w[0], w[1], w[2]);
  return errors == 0 && weights[0] == w[0] && weights[1] == w[1] && bias == w[2] ? 0 : 1;
}
