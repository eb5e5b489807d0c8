// Times training steps (forward, loss, backward, update) through the public API, with one thread and with all:
//   build/bench/bench_step [THREADS] [--plan]
// prints microseconds a step, GFLOP/s of the matrix products, the fraction of the FMA peak of as many cores, measured
// before each line, and bytes of the arena beside its lower bound; --plan prints each plan as well.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "backprop/backprop.hpp"
#include "bench/peak.hpp"

namespace {

using namespace backprop;

struct Workload {
  const char* name;
  std::vector<std::int64_t> widths;  // of the input and of each layer
  std::int64_t batch;
  Activation hidden;
  bool classes;  // cross-entropy of class indices, else the sigmoid's or identity's squared error
  Activation last;
  Optimiser optimiser;
};

Network network(const Workload& w) {
  std::vector<Layer> layers;
  for (std::size_t i = 1; i < w.widths.size(); ++i) {
    layers.push_back(dense(w.widths[i], i + 1 < w.widths.size() ? w.hidden : w.last));
  }
  return Network("", std::move(layers));
}

void time_step(const Workload& w, int threads, bool print_plan) {
  Graph g;
  const Dim B = named("B");
  const Value x = g.input({B, w.widths.front()});
  const Value t = w.classes ? g.input({B}, int64) : g.input({B, w.widths.back()});
  const Value y = network(w)(x);
  const Value loss = w.classes ? cross_entropy(y, t) : squared_error(y, t);
  const auto device = std::make_shared<Device>(DeviceOptions{.threads = threads});
  Compiled step = compile(train_step(loss, w.optimiser), {.device = device});

  Tensor inputs(float32, {w.batch, w.widths.front()});
  for (std::int64_t i = 0; i < inputs.size(); ++i) {
    inputs.as<float>()[static_cast<std::size_t>(i)] = static_cast<float>(i * 7 % 13) / 13 - 0.5f;
  }
  Tensor targets = w.classes ? Tensor(int64, {w.batch}) : Tensor(float32, {w.batch, w.widths.back()});
  for (std::int64_t i = 0; i < targets.size(); ++i) {
    if (w.classes) targets.as<std::int64_t>()[static_cast<std::size_t>(i)] = i % w.widths.back();
    if (!w.classes) targets.as<float>()[static_cast<std::size_t>(i)] = static_cast<float>(i % 2);
  }
  step.run({inputs, targets});
  const Report report = step.report();
  const double peak = bench::fma_peak_gflops() * threads;
  const auto repeats = static_cast<int>(1 + 2e7 / (report.flops + 1e5));
  const bench::Clock clock = threads == 1 ? bench::Clock::thread : bench::Clock::wall;
  const double seconds = bench::best_seconds(1, clock,
                                             [&] {
                                               for (int i = 0; i < repeats; ++i) step.run({inputs, targets});
                                             }) /
                         repeats;
  const double gflops = report.flops / seconds * 1e-9;
  std::printf("%-38s %d  %10.2f us %8.1f GFLOP/s %5.1f %% of peak  arena %9zu bytes (least %zu)  %lld steps\n", w.name,
              threads, seconds * 1e6, gflops, 100 * gflops / peak, report.arena_bytes, report.arena_lower_bound,
              static_cast<long long>(report.steps));
  if (print_plan) std::printf("%s\n", step.text().c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  const bool print_plan = count > 1 && std::strcmp(arguments[count - 1], "--plan") == 0;
  const int given = count > 1 ? std::atoi(arguments[1]) : 0;
  const int all = given > 0 ? given : Device().threads();
  const std::vector<Workload> workloads = {
      {"XOR 2-4-1, batch 4, momentum", {2, 4, 1}, 4, tanh, false, sigmoid, momentum()},
      {"Iris 4-16-3, batch 16, Adam", {4, 16, 3}, 16, relu, true, {}, adam()},
      {"784-256-128-10, batch 1, Adam", {784, 256, 128, 10}, 1, relu, true, {}, adam()},
      {"784-256-128-10, batch 64, Adam", {784, 256, 128, 10}, 64, relu, true, {}, adam()},
      {"784-256-128-10, batch 512, Adam", {784, 256, 128, 10}, 512, relu, true, {}, adam()},
      {"1024-2048-2048-1024, batch 256, SGD",
       {1024, 2048, 2048, 1024},
       256,
       relu,
       false,
       {},
       sgd({.learning_rate = 1e-4})},
  };
  for (int threads = 1; threads <= all; threads = threads == 1 && all > 1 ? all : threads + all) {
    std::printf("%d thread%s, FMA peak %.1f GFLOP/s a core\n", threads, threads == 1 ? "" : "s",
                bench::fma_peak_gflops());
    for (const Workload& w : workloads) time_step(w, threads, print_plan);
  }
}
