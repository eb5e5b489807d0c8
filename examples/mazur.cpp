// Backpropagation on paper and by machine: M. Mazur's worked example (2015), the network of docs/backpropagation.md,
// forward, backward, one step and ten thousand; then the work of three ways to a gradient, counted.
#include <backprop/backprop.hpp>
#include <cstdio>
#include <set>
#include <string>

using namespace backprop;

namespace {

void print(const char* what, const TensorView& numbers, std::initializer_list<const char*> names) {
  const std::vector<double> values = to_doubles(numbers);
  std::printf("%s\n", what);
  std::size_t k = 0;
  for (const char* const name : names) std::printf("  %-4s %15.12f\n", name, values[k++]);
}

// Additions, multiplications and function values to compute `outputs`, for one example. Moving numbers is free.
double operations(std::vector<Value> outputs) {
  const Graph& g = *outputs[0].graph;
  std::set<Index> needed;
  for (const Value v : outputs) needed.insert(v.index);
  double total = 0;
  for (auto e = g.equations().rbegin(); e != g.equations().rend(); ++e) {
    if (!needed.count(e->outputs[0])) continue;
    needed.insert(e->inputs.begin(), e->inputs.end());
    const auto elements = [&](Index v) { return static_cast<double>(count(g.info(v).type.shape.bind({{"B", 1}}))); };
    const double out = elements(e->outputs[0]);
    const std::string_view name = e->operation->name;
    if (name == "matmul") {  // of [m, k] and [k, n]: m n k multiplications and as many additions
      const Shape& a = g.info(e->inputs[0]).type.shape;
      total += 2 * out * elements(e->inputs[0]) /
               count(Shape{a[e->attributes.flag("transpose_a") ? 1 : 0]}.bind({{"B", 1}}));
    } else if (name == "sum" || name == "mean") {
      total += elements(e->inputs[0]);
    } else if (e->operation->kind == OperationKind::elementwise) {
      total += out;
    } else if (name == "softmax_cross_entropy" || name == "softmax") {
      total += 4 * elements(e->inputs[0]);
    }
  }
  return total;
}

void count_work(const char* name, Value loss) {
  Graph& g = *loss.graph;
  const std::vector<Value> weights = trainable_parameters(loss);
  double n = 0;
  std::vector<Value> tangents;
  for (const Value& w : weights) {
    n += static_cast<double>(count(w.shape().bind({})));
    tangents.push_back(g.input(w.shape(), w.dtype()));
  }
  const double once = operations({loss});
  const Value tangent = jvp(std::vector<Value>{loss}, weights, tangents)[0];
  const double forward = operations({loss, tangent});
  std::vector<Value> all = gradient(loss, weights);
  all.push_back(loss);
  const double reverse = operations(all);
  std::printf("%s: %.0f numbers to learn\n", name, n);
  std::printf("  the loss alone             %15.0f operations\n", once);
  std::printf("  one number at a time       %15.0f = (%.0f + 1) x %.0f\n", (n + 1) * once, n, once);
  std::printf("  forward mode               %15.0f = %.0f x %.0f\n", n * forward, n, forward);
  std::printf("  reverse mode               %15.0f = %.1f x the loss alone\n", reverse, reverse / once);
}

}  // namespace

int main() {
  Graph g;
  const Value x = g.input({1, 2}, float64), t = g.input({1, 2}, float64);
  const Value W1 = g.parameter("W1", {2, 2}, initialiser::zeros(), float64);
  const Value W2 = g.parameter("W2", {2, 2}, initialiser::zeros(), float64);
  const Value b1 = g.constant(0.35, float64), b2 = g.constant(0.60, float64);
  const Value z1 = matmul(x, W1) + b1, h = sigmoid(z1);
  const Value z2 = matmul(h, W2) + b2, y = sigmoid(z2);
  const Value E = sum(0.5 * square(y - t));

  const std::vector<Value> d = gradient(E, std::vector<Value>{z2, W2, z1, W1});
  Compiled run = compile({z1, h, z2, y, E, d[0], d[1], d[2], d[3]});
  run.states()["W1"] = Tensor::from<double>({2, 2}, {0.15, 0.25, 0.20, 0.30});
  run.states()["W2"] = Tensor::from<double>({2, 2}, {0.40, 0.50, 0.45, 0.55});
  const Tensor input = Tensor::from<double>({1, 2}, {0.05, 0.10}), target = Tensor::from<double>({1, 2}, {0.01, 0.99});
  run.run({input, target});

  std::printf("forward\n");
  print("z1 = x W1 + b1", run.output(0), {"h1", "h2"});
  print("h = sigmoid(z1)", run.output(1), {"h1", "h2"});
  print("z2 = h W2 + b2", run.output(2), {"o1", "o2"});
  print("y = sigmoid(z2)", run.output(3), {"o1", "o2"});
  print("E", run.output(4), {""});
  std::printf("\nbackward\n");
  print("dE/dz2", run.output(5), {"o1", "o2"});
  print("dE/dW2", run.output(6), {"w5", "w7", "w6", "w8"});
  print("dE/dz1", run.output(7), {"h1", "h2"});
  print("dE/dW1", run.output(8), {"w1", "w3", "w2", "w4"});

  Compiled step = compile(train_step(E, sgd({.learning_rate = 0.5})), {.store = run.store()});
  step.run({input, target});
  std::printf("\none step\n");
  print("W1", step.states()["W1"], {"w1", "w3", "w2", "w4"});
  print("W2", step.states()["W2"], {"w5", "w7", "w6", "w8"});
  run.run({input, target});
  std::printf("E = %.12f\n", run.scalar(4));
  for (int i = 1; i < 10000; ++i) step.run({input, target});
  run.run({input, target});
  std::printf("\nten thousand steps\n");
  print("y", run.output(3), {"o1", "o2"});
  std::printf("E = %.15f\n", run.scalar(4));

  std::printf("\nwork\n");
  count_work("this network, 2-2-2", E);
  Graph larger;
  const Network net = sequence(dense(256, relu), dense(128, relu), dense(10));
  count_work("a network for digits, 784-256-128-10",
             cross_entropy(net(larger.input({1, 784})), larger.input({1}, int64)));
}
