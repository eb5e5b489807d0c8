#include "backprop/fit.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "backprop/compile.hpp"
#include "backprop/error.hpp"
#include "train/best.hpp"
#include "train/bucket_batches.hpp"
#include "train/calibrate.hpp"
#include "train/checkpoint.hpp"
#include "train/diverged.hpp"
#include "train/gradient_norms.hpp"
#include "train/judge.hpp"
#include "train/subject.hpp"

namespace backprop {
namespace {

// A mean training loss beyond this many times that of the best constant prediction is no longer on its way to anything.
constexpr double hopeless = 100;

// A held back loss that is lower by this share than what was waited for last is worth as long a wait again. Power
// plant, adult and concrete end in half of the time and more, at the same error or one half of a percent off; a
// hundredth ends two spirals too early.
constexpr double worth_waiting_for = 0.005;

// A held back loss of `ratio` times that of the best epoch, while the training loss has fallen further and lies below
// it: that does not come back, and this share of the patience is enough. What may train for longer than usual has
// higher spikes on its way. Not asked of the first epochs, nor before anything is learned, that is, a held back loss
// below `learned` of that of the best constant prediction.
struct Overfitting {
  double ratio;
  int share;
};
constexpr Overfitting usual_overfitting = {1.3, 4}, long_overfitting = {1.6, 12};
constexpr double learned = 0.9;
constexpr int first_epochs = 20;

bool is_long(const FitOptions& options, std::size_t examples) {
  return options.epochs > choose_effort(examples).epochs;
}

Effort effort_of(const FitOptions& options, std::size_t examples) {
  Effort effort = choose_effort(examples);
  if (options.epochs > 0) effort.epochs = options.epochs;
  if (options.batch_size > 0) effort.batch_size = options.batch_size;
  // Who may train for longer than usual waits longer: two spirals stand still for hundreds of epochs before they are
  // learned (40 seeds: 34 learn them whole, in the mean 0.994; as usual runs wait, 14 and 0.880).
  const int share = is_long(options, examples) ? 5 : 40;
  effort.patience = options.patience > 0 ? options.patience : std::max(effort.patience, effort.epochs / share);
  return effort;
}

// A training from its first step, or from its checkpoint, to its end.
class Training {
 public:
  Training(const Network& network, const Examples& train, const Examples& validation, const FitOptions& options)
      : options_(options),
        train_(train),
        validation_(validation),
        subject_(describe(train, options)),
        effort_(effort_of(options, train.rows())),
        overfitting_(is_long(options, train.rows()) ? long_overfitting : usual_overfitting),
        device_(options.device ? options.device : std::make_shared<Device>()),
        members_(make_members(network, options.members)),
        parts_(parts_of(train, validation, options)),
        output_(write_model(model_, members_, subject_)),
        step_(compile_step()),
        batches_(make_batches()),
        best_(model_.states(), *store_),
        judge_(make_judge(best_.current())),
        clock_(options.checkpoint),
        norms_(options.gradient_norms, effort_.epochs, train, subject_, parts_, options.members, options.seed) {
    if (options.checkpoint.resume && std::filesystem::exists(options.checkpoint.path)) {
      progress_ = read_checkpoint(options.checkpoint.path, checkpoint_fit(), *store_, best_);
    }
    seconds_before_ = progress_.seconds;
  }

  void run() {
    while (!finished()) {
      run_steps();
      if (progress_.rows == 0) break;  // to stop before the epoch's first step
      const bool whole = progress_.rows == rows();
      if (!whole) save();
      observe();
      if (!whole) break;
      ++progress_.epochs;
      progress_.rows = 0;
      progress_.total = 0;
      if (finished() || stops() || clock_.due(true)) save();
    }
  }

  FitReport report() const {
    const bool done = finished() || out_of_steps();
    return {.epochs = progress_.epochs + (progress_.rows > 0 ? 1 : 0),
            .best = best_.number(),
            .steps = store_->step(),
            .stopped = !done && asked_to_stop(),
            .timed_out = !done && !asked_to_stop() && out_of_time(),
            .threads = device_->threads(),
            .step = step_report_,
            .held_back = parts_.empty() ? std::vector<float>() : calibrated(judged())};
  }
  Model model() const {
    if (subject_.info.quantiles.empty()) return Model(subject_.info, model_, output_, best_.states());
    Graph graph = model_;
    const Value output = calibrate(graph.value(output_.index), shifts(judged()), subject_.info.quantiles);
    return Model(subject_.info, graph, output, best_.states());
  }

 private:
  std::unique_ptr<Batches> make_batches() {
    const auto read = [this](std::size_t first, std::size_t count) {
      return prepare(train_, subject_, parts_, options_.members, first, count);
    };
    if (train_.read) {
      return std::make_unique<BucketBatches>(read, rows(), effort_.batch_size, options_.seed, options_.memory);
    }
    prepared_ = read(0, train_.rows());
    const std::vector<TensorView> arrays(prepared_.begin(), prepared_.end());
    return std::make_unique<ArrayBatches>(arrays, effort_.batch_size, options_.seed);
  }
  Judge make_judge(const std::shared_ptr<StateStore>& states) const {
    return Judge(members_, subject_, train_, validation_, parts_, states, device_);
  }
  // What is predicted with the best weights of the rows that decide when to stop: by each member of its part, or by all
  // of the validation examples.
  std::vector<float> judged() const {
    if (!judge_.has_rows()) return {};
    Judge judge = make_judge(std::make_shared<StateStore>(best_.states()));
    judge.loss();
    return judge.predictions();
  }
  std::vector<float> shifts(std::span<const float> judged) const {
    return conformal_shifts(judged, parts_.empty() ? validation_ : train_, subject_.info.quantiles);
  }
  std::vector<float> calibrated(std::vector<float> judged) const {
    if (!subject_.info.quantiles.empty()) calibrate(judged, shifts(judged), subject_.info.quantiles);
    return judged;
  }
  Compiled compile_step() {
    Graph training;
    const Value loss = write_loss(training, members_, subject_, !parts_.empty());
    const TrainOptions how = options_.train.value_or(choose_training(subject_.info.task, options_.optimiser));
    return compile(train_step(loss, options_.optimiser, how), {.device = device_, .store = store_});
  }

  std::int64_t rows() const { return static_cast<std::int64_t>(train_.rows()); }
  CheckpointFit checkpoint_fit() const { return {rows(), effort_.batch_size}; }
  // A state that is no longer finite never replaces one that was.
  void save() {
    if (options_.checkpoint.path.empty()) return;
    check_states(progress_.epochs + 1, *store_);
    progress_.seconds = seconds();
    clock_.save([&] { write_checkpoint(options_.checkpoint.path, checkpoint_fit(), progress_, *store_, best_); });
  }

  double seconds() const {
    return seconds_before_ + std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  // What took long to learn may go on slowly: without a patience of its own, half as long again is waited for more that
  // counts. A share of that is enough once it overfits, but no less: losses have spikes.
  bool gives_up() const {
    if (options_.patience > 0) return progress_.epochs - best_.number() >= effort_.patience;
    const int waited = progress_.epochs - progress_.advanced;
    const int patience = std::max(effort_.patience, progress_.advanced / 2);
    return waited >= patience || (progress_.overfits && waited >= patience / overfitting_.share);
  }
  bool finished() const { return progress_.epochs >= effort_.epochs || (judge_.has_rows() && gives_up()); }
  bool out_of_steps() const { return options_.max_steps > 0 && store_->step() >= options_.max_steps; }
  // Never before the first step, so that what is recorded of such a run is more than nothing.
  bool out_of_time() const {
    return options_.max_seconds > 0 && store_->step() > 0 && seconds() >= options_.max_seconds;
  }
  bool asked_to_stop() const { return options_.stop && options_.stop(); }
  bool stops() const { return asked_to_stop() || out_of_steps() || out_of_time(); }

  // The rest of the epoch under way, or as much of it as there is to be.
  void run_steps() {
    batches_->start_epoch(progress_.epochs + 1, progress_.rows);
    while (!stops() && batches_->next()) {
      try {
        step_.run(batches_->views());
        if (step_report_.steps == 0 || batches_->rows() > step_report_rows_) {
          step_report_ = step_.report();
          step_report_rows_ = batches_->rows();
        }
      } catch (const DivergedError& error) {
        save();
        explain_diverged(progress_.epochs + 1, store_->step() + 1, error.what(), batches_->numbers(), train_.numbers);
      }
      progress_.total += step_.scalar() * static_cast<double>(batches_->rows());
      progress_.rows += batches_->rows();
      if (options_.on_step) {
        const double done = static_cast<double>(progress_.rows) / static_cast<double>(rows());
        options_.on_step(progress_.epochs + 1, effort_.epochs, done);
      }
      if (progress_.rows < rows() && clock_.due(false)) save();
    }
  }

  // The losses at the end of the epoch, or where it was broken off.
  void observe() {
    Epoch epoch{.number = progress_.epochs + 1, .of = effort_.epochs};
    epoch.loss = progress_.total / static_cast<double>(progress_.rows * options_.members);
    if (epoch.loss > hopeless * subject_.constant_loss()) {
      diverged(epoch.number, store_->step(), "the mean loss of the epoch has grown", epoch.loss);
    }
    best_.update();
    epoch.validation_loss = judge_.loss();
    best_.observe(epoch);
    if (progress_.advanced == 0 || best_.loss() < progress_.mark * (1 - worth_waiting_for)) {
      progress_.advanced = epoch.number;
      progress_.mark = best_.loss();
    }
    if (epoch.best == epoch.number) progress_.loss_of_best = epoch.loss;
    progress_.overfits = epoch.number >= first_epochs && best_.loss() < learned * subject_.constant_loss() &&
                         epoch.loss < std::min(progress_.loss_of_best, best_.loss()) &&
                         epoch.validation_loss > overfitting_.ratio * best_.loss();
    if (norms_.looks_at(epoch.number)) {
      epoch.gradient_norms = norms_.measure(members_, subject_, !parts_.empty(), store_, device_);
    }
    if (options_.on_epoch) options_.on_epoch(epoch);
  }

  const FitOptions& options_;
  const Examples &train_, &validation_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Subject subject_;
  Effort effort_;
  Overfitting overfitting_;
  std::shared_ptr<Device> device_;
  std::shared_ptr<StateStore> store_ = std::make_shared<StateStore>(options_.seed);
  Graph model_;
  std::vector<Network> members_;
  std::vector<std::uint32_t> parts_;
  Value output_;
  Compiled step_;
  Report step_report_;  // of the largest batch so far
  std::int64_t step_report_rows_ = 0;
  std::vector<Tensor> prepared_;  // of examples in memory
  std::unique_ptr<Batches> batches_;
  Best best_;
  Judge judge_;
  CheckpointClock clock_;
  GradientNorms norms_;
  Progress progress_;
  double seconds_before_ = 0;
};

}  // namespace

Model fit(const Network& network, const Examples& train, const Examples& validation, const FitOptions& options,
          FitReport* report) {
  Training training(network, train, validation, options);
  training.run();
  if (report != nullptr) *report = training.report();
  return training.model();
}

}  // namespace backprop
