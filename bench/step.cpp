// Times training steps (forward, loss, backward, update) through the public API, with one thread and with all:
//   build/bench/bench_step [THREADS] [--batch N] [--plan]
// prints microseconds a step, GFLOP/s of the matrix products, the fraction of the FMA peak of as many cores, measured
// before each line, and bytes of the arena beside its lower bound; --batch takes N examples instead of each network's
// own batch, --plan prints each plan as well.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "backprop/backprop.hpp"
#include "bench/peak.hpp"
#include "bench/workloads.hpp"

namespace {

using namespace backprop;
using bench::Batch, bench::Model, bench::Workload;

void time_step(const Workload& w, int threads, bool print_plan) {
  const Model model(w);
  const auto device = std::make_shared<Device>(DeviceOptions{.threads = threads});
  Compiled step = compile(train_step(model.loss, w.optimiser), {.device = device});

  Batch batch(w);
  step.run({batch.inputs, batch.targets});
  const Report report = step.report();
  const double peak = bench::fma_peak_gflops() * threads;
  const auto repeats = static_cast<int>(1 + 2e7 / (report.flops + 1e5));
  const bench::Clock clock = threads == 1 ? bench::Clock::thread : bench::Clock::wall;
  const double seconds = bench::best_seconds(1, clock,
                                             [&] {
                                               for (int i = 0; i < repeats; ++i)
                                                 step.run({batch.inputs, batch.targets});
                                             }) /
                         repeats;
  const double gflops = report.flops / seconds * 1e-9;
  std::printf("%-38s %d  %10.2f us %8.1f GFLOP/s %5.1f %% of peak  arena %9zu bytes (least %zu)  %lld steps\n",
              w.name.c_str(), threads, seconds * 1e6, gflops, 100 * gflops / peak, report.arena_bytes,
              report.arena_lower_bound, static_cast<long long>(report.steps));
  if (print_plan) std::printf("%s\n", step.text().c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  bool print_plan = false;
  int given = 0, batch = 0;
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--plan") == 0) {
      print_plan = true;
    } else if (std::strcmp(arguments[i], "--batch") == 0 && i + 1 < count) {
      batch = std::atoi(arguments[++i]);
    } else {
      given = std::atoi(arguments[i]);
    }
  }
  const int all = given > 0 ? given : Device().threads();
  for (int threads = 1; threads <= all; threads = threads == 1 && all > 1 ? all : threads + all) {
    std::printf("%d thread%s, FMA peak %.1f GFLOP/s a core\n", threads, threads == 1 ? "" : "s",
                bench::fma_peak_gflops());
    for (Workload w : bench::step_workloads()) {
      if (batch > 0) w.name += " (here " + std::to_string(w.batch = batch) + ")";
      time_step(w, threads, print_plan);
    }
  }
}
