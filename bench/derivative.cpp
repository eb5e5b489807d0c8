// The derivative's price: how much longer the loss with its gradient takes than the loss alone, on one thread.
//   build/bench/bench_derivative [SECONDS FOR EACH]
// prints Markdown tables: for networks beside the ratio of their flops, and for ADBench's Gaussian mixture (float64,
// n = 1,000, the sizes d and K of its test set).
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "backprop/backprop.hpp"
#include "bench/gmm.hpp"
#include "bench/peak.hpp"
#include "bench/workloads.hpp"

namespace {

using namespace backprop;

struct Price {
  double forward, whole;              // seconds
  double forward_flops, whole_flops;  // of the matrix products
  double ratio() const { return whole / forward; }
  double flop_ratio() const { return whole_flops / forward_flops; }
};

// Best times of both, taken in turns.
Price price(Value loss, std::span<const Value> arguments, std::span<const TensorView> inputs, double budget) {
  std::vector<Value> wanted{loss};
  for (const Value& v : gradient(loss, arguments)) wanted.push_back(v);
  const auto device = std::make_shared<Device>(DeviceOptions{.threads = 1});
  Compiled forward = compile(loss, {.device = device});
  Compiled whole = compile(wanted, {.device = device, .store = forward.store()});
  forward.run(inputs);
  whole.run(inputs);
  Price result{1e9, 1e9, forward.report().flops, whole.report().flops};
  for (int turn = 0; turn < 5; ++turn) {
    const auto time = [&](Compiled& program, double& best) {
      const double time = bench::best_seconds(budget / 10, bench::Clock::thread, [&] { program.run(inputs); });
      best = std::min(best, time);
    };
    time(forward, result.forward);
    time(whole, result.whole);
  }
  return result;
}

void networks(double budget) {
  std::printf(
      "| network | forward, us | forward and backward, us | ratio | of the flops |\n|---|---:|---:|---:|---:|\n");
  for (const bench::Workload& w : bench::step_workloads()) {
    if (w.id != "W3b" && w.id != "W4") continue;
    const bench::Model model(w);
    bench::Batch batch(w);
    const std::vector<TensorView> inputs{batch.inputs, batch.targets};
    const Price p = price(model.loss, trainable_parameters(model.loss), inputs, budget);
    std::printf("| %s %s | %.0f | %.0f | %.2f | %.2f |\n", w.id.c_str(), w.name.c_str(), p.forward * 1e6, p.whole * 1e6,
                p.ratio(), p.flop_ratio());
    std::fflush(stdout);
  }
}

Tensor normal(Extents extents, std::mt19937& random) {
  Tensor tensor(float64, std::move(extents));
  std::normal_distribution<double> draw;
  for (double& v : tensor.as<double>()) v = draw(random);
  return tensor;
}

void mixtures(double budget) {
  constexpr std::int64_t n = 1000;
  std::printf(
      "\n| d | K | parameters | objective, ms | objective and gradient, ms | ratio "
      "|\n|---:|---:|---:|---:|---:|---:|\n");
  for (std::int64_t d : {2, 10, 20, 32, 64, 128}) {
    for (std::int64_t k : {5, 10, 25, 50, 100, 200}) {
      const std::int64_t triangle = d * (d + 1) / 2;
      Graph g;
      const Value alphas = g.input({k}, float64), means = g.input({k, d}, float64),
                  icf = g.input({k, triangle}, float64), x = g.input({n, d}, float64);
      const Value arguments[] = {alphas, means, icf};
      std::mt19937 random(1);
      std::vector<Tensor> tensors{normal({k}, random), normal({k, d}, random), normal({k, triangle}, random),
                                  normal({n, d}, random)};
      const std::vector<TensorView> inputs(tensors.begin(), tensors.end());
      const Price p = price(bench::gmm_objective(alphas, means, icf, x, {1, 0}), arguments, inputs, budget);
      std::printf("| %lld | %lld | %lld | %.3f | %.3f | %.2f |\n", static_cast<long long>(d), static_cast<long long>(k),
                  static_cast<long long>(k * (1 + d + triangle)), p.forward * 1e3, p.whole * 1e3, p.ratio());
      std::fflush(stdout);
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  const double budget = count > 1 ? std::atof(arguments[1]) : 1;
  networks(budget);
  mixtures(budget / 4);
}
