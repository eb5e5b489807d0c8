// Times the matrix products of the training steps in bench/step.cpp, and squares, with one thread and with all:
//   build/bench/bench_products [THREADS]
// prints microseconds, GFLOP/s and the fraction of the FMA peak measured before each line.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "bench/peak.hpp"
#include "bench/product.hpp"

namespace {

using namespace backprop;
using bench::Form, bench::Product, cpu::ProductPlan;

void time_product(ThreadPool& pool, const std::string& name, Form form, std::int64_t rows, std::int64_t columns,
                  std::int64_t terms) {
  Product product(form, rows, columns, terms, pool.threads());
  const ProductPlan& plan = product.plan;
  const int repeats = static_cast<int>(std::max(1.0, 2e6 / product.flops()));
  const double peak = bench::fma_peak_gflops() * plan.parts;
  const bench::Clock clock = plan.parts == 1 ? bench::Clock::thread : bench::Clock::wall;
  const double seconds = bench::best_seconds(0.1, clock,
                                             [&] {
                                               for (int i = 0; i < repeats; ++i) product.run(pool);
                                             }) /
                         repeats;
  const double gflops = product.flops() / seconds * 1e-9;
  std::printf("%-34s %2d  %10.3f us %8.1f GFLOP/s %5.1f %% of peak  %s%s%s%s %zu\n", name.c_str(), plan.parts,
              seconds * 1e6, gflops, 100 * gflops / peak, plan.pack_a ? "A" : "-", plan.pack_b ? "B" : "-",
              plan.keep_a ? "k" : "-", plan.row_parts > 1 ? "r" : "c", plan.scratch_bytes);
}

// A dense layer of a training step: forward, the weights' gradient and, if it is not the first, the input's.
void time_layer(ThreadPool& pool, std::int64_t batch, std::int64_t inputs, std::int64_t outputs, bool first) {
  const std::string name =
      std::to_string(inputs) + "->" + std::to_string(outputs) + " batch " + std::to_string(batch) + " ";
  time_product(pool, name + "forward", Form::nn, batch, outputs, inputs);
  time_product(pool, name + "dW", Form::tn, inputs, outputs, batch);
  if (!first) time_product(pool, name + "dX", Form::nt, batch, inputs, outputs);
}

}  // namespace

int main(int count, char** arguments) {
  const int all = count > 1 ? std::atoi(arguments[1]) : usable_cores();
  const bool quick = count > 2;
  for (int threads = 1; threads <= all; threads = threads == 1 && all > 1 ? all : threads + all) {
    ThreadPool pool(threads);
    std::printf("%d thread%s, FMA peak %.1f GFLOP/s a core\n", threads, threads == 1 ? "" : "s",
                bench::fma_peak_gflops());
    if (threads == 1) {
      time_layer(pool, 4, 2, 4, true);
      time_layer(pool, 4, 4, 1, false);
      time_layer(pool, 16, 4, 16, true);
      time_layer(pool, 16, 16, 3, false);
    }
    for (std::int64_t batch : {1, 64, 512}) {
      time_layer(pool, batch, 784, 256, true);
      time_layer(pool, batch, 256, 128, false);
      time_layer(pool, batch, 128, 10, false);
    }
    time_layer(pool, 256, 1024, 2048, true);
    time_layer(pool, 256, 2048, 2048, false);
    time_layer(pool, 256, 2048, 1024, false);
    if (quick) continue;
    for (std::int64_t size : {512, 1000, 1024, 2048}) {
      for (Form form : {Form::nn, Form::tn, Form::nt}) {
        const char* names[] = {"nn", "tn", "nt"};
        time_product(pool, std::to_string(size) + " squared " + names[static_cast<int>(form)], form, size, size, size);
      }
    }
  }
}
