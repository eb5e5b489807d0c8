#include "train/learning_rate_range.hpp"

#include <algorithm>
#include <cmath>

#include "backprop/compile.hpp"
#include "backprop/schedules.hpp"
#include "train/batches.hpp"
#include "train/subject.hpp"

namespace backprop {
namespace {

constexpr int steps = 300;
constexpr double lowest = 1e-3, highest = 1e3;  // times the optimiser's rate
constexpr double smoothing = 0.95, too_much = 4;
constexpr int settling = 30;  // steps after which the mean of the losses is one

}  // namespace

RateRange test_learning_rates(const Network& network, const Examples& train, const FitOptions& options) {
  const Subject subject = describe(train, options);
  Graph graph;
  Optimiser optimiser = options.optimiser;
  optimiser.learning_rate *= lowest;
  const double factor = std::pow(highest / lowest, 1.0 / (steps - 1));
  TrainOptions how = options.train.value_or(choose_training(subject.info.task, options.optimiser));
  how.schedule = schedule::exponential(factor);
  const Value loss = write_loss(graph, std::vector<Network>{network}, subject, false);
  Compiled step = compile(train_step(loss, optimiser, how), {.device = options.device, .seed = options.seed});
  const std::vector<Tensor> prepared = prepare(train, subject, {}, 1, 0, train.rows());
  const int usual = choose_effort(train.rows()).batch_size;
  const std::int64_t rows = std::min<std::int64_t>(options.batch_size > 0 ? options.batch_size : usual,
                                                   static_cast<std::int64_t>(train.rows()));
  ArrayBatches batches({prepared.begin(), prepared.end()}, rows, options.seed);

  RateRange range;
  double average = 0, least = 0;
  try {
    for (int epoch = 1; range.trials.size() < steps; ++epoch) {
      batches.start_epoch(epoch);
      while (range.trials.size() < steps && batches.next()) {
        if (batches.rows() < rows) continue;  // the rest of an epoch says less
        const double rate = optimiser.learning_rate * std::pow(factor, static_cast<double>(range.trials.size()));
        step.run(batches.views());
        average = smoothing * average + (1 - smoothing) * step.scalar();
        const double smoothed = average / (1 - std::pow(smoothing, static_cast<double>(range.trials.size() + 1)));
        range.trials.push_back({rate, smoothed});
        if (range.trials.size() <= settling || smoothed < least) {
          least = smoothed;
          range.rate = rate / 10;
        }
        if (smoothed > too_much * least) return range;
      }
    }
  } catch (const DivergedError&) {  // the end of the range
    if (range.trials.empty()) throw;
  }
  return range;
}

}  // namespace backprop
