// Whether data stands in the way of training: fit() on a table in memory, 1,000,000 rows of 28 numbers, with the
// program's defaults (hidden layers of 64 and 64, its own batch size) and on all threads:
//   build/bench/bench_fit [EPOCHS]
// prints where the time of an epoch goes: drawing the order of the rows and gathering them into batches are timed alone,
// over the same rows; the rest is steps.
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "backprop/backprop.hpp"
#include "bench/peak.hpp"
#include "train/batches.hpp"
#include "train/subject.hpp"

namespace {

using namespace backprop;
using bench::seconds;

constexpr std::size_t rows = 1'000'000, features = 28;

struct Table {
  Table() : inputs(rows * features), values(rows) {
    std::mt19937 random(1);
    std::normal_distribution<float> draw;
    for (float& x : inputs) x = draw(random);
    for (std::size_t r = 0; r < rows; ++r)
      values[r] = static_cast<double>(inputs[r * features] * inputs[r * features + 1]);
  }
  Examples examples() const { return {.inputs = inputs, .values = values}; }
  std::vector<float> inputs;
  std::vector<double> values;
};

struct DataTimes {
  double prepare = 0, shuffle = 0, gather = 0;
};

DataTimes data_alone(const Examples& examples, const FitOptions& options) {
  DataTimes times;
  double last = seconds();
  const auto lap = [&](double& time) {
    const double now = seconds();
    time += now - last;
    last = now;
  };
  const std::vector<Tensor> prepared = prepare(examples, describe(examples, options), {}, 1, 0, examples.rows());
  ArrayBatches batches({prepared.begin(), prepared.end()}, choose_effort(rows).batch_size, options.seed);
  lap(times.prepare);
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    batches.start_epoch(epoch);
    lap(times.shuffle);
    while (batches.next()) continue;
    lap(times.gather);
  }
  return times;
}

}  // namespace

int main(int count, char** arguments) {
  const int epochs = count > 1 ? std::atoi(arguments[1]) : 5;
  const Table table;
  FitOptions options;
  options.epochs = epochs;
  double first = 0;  // when the first epoch was over: what went before is planning and preparing
  double last = 0;
  options.on_epoch = [&](const Epoch& epoch) { (epoch.number == 1 ? first : last) = seconds(); };
  options.epochs = epochs + 1;
  FitReport report;
  const Network network("", {dense(64, relu), dense(64, relu), dense(1)});
  fit(network, table.examples(), {}, options, &report);
  const double epoch = (last - first) / epochs;
  options.epochs = epochs;
  const DataTimes data = data_alone(table.examples(), options);
  const double shuffle = data.shuffle / epochs, gather = data.gather / epochs, steps = epoch - shuffle - gather;
  std::printf("%zu rows of %zu numbers, batches of %d, %d threads; preparing the table once: %.3f s\n\n", rows,
              features, choose_effort(rows).batch_size, report.threads, data.prepare);
  std::printf("| of an epoch | s | share |\n|---|---:|---:|\n");
  std::printf("| order of the rows | %.3f | %.1f %% |\n", shuffle, 100 * shuffle / epoch);
  std::printf("| gathering batches | %.3f | %.1f %% |\n", gather, 100 * gather / epoch);
  std::printf("| steps | %.3f | %.1f %% |\n| all | %.3f | |\n", steps, 100 * steps / epoch, epoch);
}
