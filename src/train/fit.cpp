#include "backprop/fit.hpp"

#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

#include "backprop/compile.hpp"
#include "backprop/error.hpp"
#include "train/batches.hpp"
#include "train/best.hpp"
#include "train/predictor.hpp"
#include "train/subject.hpp"

namespace backprop {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// A mean training loss beyond this many times that of the best constant prediction is no longer on its way to anything.
constexpr double hopeless = 100;

Effort effort_of(const FitOptions& options, std::size_t examples) {
  Effort effort = choose_effort(examples);
  if (options.epochs > 0) effort.epochs = options.epochs;
  if (options.batch_size > 0) effort.batch_size = options.batch_size;
  if (options.patience > 0) effort.patience = options.patience;
  return effort;
}

std::string rounded(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", number);
  return text;
}

[[noreturn]] void diverged(int epoch, std::uint64_t step, const std::string& what) {
  throw DivergedError("diverged in epoch " + std::to_string(epoch) + ", step " + std::to_string(step) + ": " + what +
                      "; a smaller learning rate may help");
}

// One epoch of steps; gives the mean loss over the examples it saw, fewer than all when it was stopped.
double run_epoch(Compiled& step, Batches& batches, int number, const FitOptions& options) {
  double total = 0;
  std::int64_t seen = 0;
  batches.start_epoch(number);
  while (batches.next()) {
    try {
      step.run(batches.views());
    } catch (const DivergedError& error) {
      diverged(number, step.states().step() + 1, error.what());
    }
    const double loss = step.scalar();
    if (!std::isfinite(loss)) diverged(number, step.states().step(), "the loss is not finite");
    total += loss * static_cast<double>(batches.rows());
    seen += batches.rows();
    if (options.stop.stop_requested()) break;
  }
  return total / static_cast<double>(seen);
}

}  // namespace

Model fit(const Network& network, const Examples& train, const Examples& validation, const FitOptions& options,
          FitReport* report) {
  const Subject subject = describe(train, options);
  const Effort effort = effort_of(options, train.rows());
  const auto device = options.device ? options.device : std::make_shared<Device>();
  const auto store = std::make_shared<StateStore>(options.seed);

  Graph training, model;
  const Value output = write_model(model, network, subject);
  const Value loss = write_loss(training, network, subject);
  const TrainOptions training_options = options.train.value_or(choose_training(subject.info.task));
  Compiled step = compile(train_step(loss, options.optimiser, training_options), {.device = device, .store = store});
  const std::vector<Tensor> prepared = prepare(train, subject);
  Batches batches({prepared.begin(), prepared.end()}, effort.batch_size, options.seed);
  Best best(model.states(), *store);
  Predictor predictor(output, best.current(), device);

  Epoch epoch{.of = effort.epochs};
  bool stopped = false;
  while (epoch.number < effort.epochs && !stopped) {
    ++epoch.number;
    epoch.loss = run_epoch(step, batches, epoch.number, options);
    if (epoch.loss > hopeless * subject.constant_loss()) {
      diverged(epoch.number, store->step(), "the mean loss of the epoch has grown to " + rounded(epoch.loss));
    }
    best.update();
    epoch.validation_loss = nan;
    if (validation.rows() > 0) {
      const TensorView inputs{float32,
                              {static_cast<std::int64_t>(validation.rows()), subject.features},
                              const_cast<float*>(validation.inputs.data())};  // the plan only reads them
      epoch.validation_loss = mean_loss(predictor.run(std::span(&inputs, 1)), validation, subject);
    }
    best.observe(epoch);
    if (options.on_epoch) options.on_epoch(epoch);
    stopped = options.stop.stop_requested();
    if (validation.rows() > 0 && epoch.number - epoch.best >= effort.patience) break;
  }
  if (report != nullptr) {
    *report = {.epochs = epoch.number, .best = best.number(), .stopped = stopped, .threads = device->threads()};
  }
  return Model(subject.info, model, output, best.states());
}

}  // namespace backprop
