// Training on examples in memory, or read from a file: standardise, train in shuffled batches, stop early, keep the best
// weights.
// Thread safety: fit() keeps no global state; two threads may fit at once, each with a device of its own. Callbacks run
// on the calling thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backprop/compile.hpp"
#include "backprop/device.hpp"
#include "backprop/error.hpp"
#include "backprop/model.hpp"
#include "backprop/network.hpp"
#include "backprop/optimisers.hpp"

namespace backprop {

// The norm of the gradient of the loss with respect to a layer's parameters.
struct LayerNorm {
  std::string layer;
  double norm = 0;
};

// What is known at the end of an epoch.
struct Epoch {
  int number = 0;              // from 1
  int of = 0;                  // at most so many
  double loss = 0;             // mean over the training examples, each before its step
  double validation_loss = 0;  // NaN without validation examples
  double best_loss = 0;        // of the best epoch so far: the validation loss, or the training loss without one
  int best = 0;                // the best epoch so far
  std::vector<LayerNorm> gradient_norms = {};  // on a few training rows; of the epochs that FitOptions has looked at
};

// Saving the state of a training, so that it goes on after any interruption, to the bit, as if there had been none.
struct CheckpointOptions {
  std::string path = {};               // a safetensors file, replaced whole or not at all; empty: none is written
  double seconds = 30;                 // after so many one is written within an epoch, too; 0: after every step
  bool resume = false;                 // go on from the file where there is one
  std::function<void()> on_save = {};  // called before one is written, to put on disk what belongs with it
};

struct FitOptions {
  Optimiser optimiser = adam({.learning_rate = 0.01});
  std::optional<TrainOptions> train = {};  // schedule, clipping, weight decay, averaging; none: choose_training()
  int epochs = 0;                          // at most; 0: choose_effort()
  int batch_size = 0;                      // the last batch of an epoch is shorter; 0: choose_effort()
  // Epochs without a better validation loss after which it stops. 0: without one that is better by half a percent,
  // choose_effort()'s, a fortieth of `epochs` (a fifth where they are more than choose_effort()'s), or half of those up
  // to the last such epoch, whichever is most, and a quarter of that once the validation loss is 1.3 times the best one
  // (a twelfth, 1.6 times, likewise) while the training loss has fallen below it and its own at the best epoch.
  int patience = 0;
  double validation = 0.2;  // fraction of the examples held back to decide when to stop
  // Networks trained side by side, whose predictions the model averages. Where no examples are held back, the k-th
  // learns nothing from the k-th part of the training examples (dealt by seed), and when to stop is decided by what each
  // predicts of its part: all examples are learned from and none judges what has seen it. At least 2 then.
  int members = 1;
  bool standardise = true;          // the inputs; the model does it by itself afterwards
  bool standardise_targets = true;  // targets that are numbers; the model turns them back
  std::uint64_t seed = 0;           // of the split, the initial weights, the shuffling and random layers
  // Names for the model's file, generated where empty; and quantiles, where these are to be predicted instead of means.
  ModelInfo info = {};
  std::shared_ptr<Device> device = nullptr;  // none: one of its own
  std::function<bool()> stop = {};           // asked between steps; true ends it, with the best weights so far
  std::uint64_t max_steps = 0;               // ends after so many, within an epoch too; 0: does not
  double max_seconds = 0;                    // the same with time, that before the checkpoint included; 0: does not
  CheckpointOptions checkpoint = {};
  std::function<void(const Epoch&)> on_epoch = {};
  // After each step: the epoch under way, the most there will be, and the part of it that is done.
  std::function<void(int epoch, int of, double done)> on_step = {};
  // Bytes of the training examples in memory at once, where their inputs are read: Examples::read. They are shuffled in
  // a file in $TMPDIR, or /var/tmp, and the model is the same to the bit as of inputs in memory.
  std::size_t memory = std::size_t{64} << 20;
  int gradient_norms = 0;  // epochs whose gradients are looked at, at most; they cost a little time and change nothing
};

// How long and in what batches to train on so many examples.
struct Effort {
  int epochs = 0, batch_size = 0, patience = 0;
  int members = 1;
};
Effort choose_effort(std::size_t examples);

// Averaged weights, and for classes a decay of them where the optimiser scales its steps as Adam does.
TrainOptions choose_training(Task task, const Optimiser& optimiser);

// Views of examples: inputs [rows, features] row-major, and of each row its label (the index of its class) or its
// values [rows, targets].
struct Examples {
  std::span<const float> inputs;
  std::span<const std::int64_t> labels = {};
  std::span<const double> values = {};
  std::span<const float> weights = {};          // of each row in the loss, not negative; empty: all the same
  std::size_t targets = 1;                      // numbers predicted for a row
  std::span<const std::uint32_t> numbers = {};  // of the rows in their table, for messages; from 0
  // Of inputs that do not fit in memory: fills in those of the rows from `first` on. `inputs` is empty then, and a row
  // has so many features.
  std::function<void(std::size_t first, std::span<float> inputs)> read = {};
  std::size_t features = 0;

  std::size_t rows() const { return labels.empty() ? values.size() / targets : labels.size(); }
};

// A step was NaN or infinite and has not been applied.
class DivergedStep : public DivergedError {
 public:
  DivergedStep(const std::string& message, std::vector<std::uint32_t> rows);
  // Of its batch, ascending, as Examples::numbers has them.
  const std::vector<std::uint32_t>& rows() const { return rows_; }

 private:
  std::vector<std::uint32_t> rows_;
};

// What fit() did, besides the model.
struct FitReport {
  int epochs = 0;  // begun
  int best = 0;    // the epoch whose weights the model has
  std::uint64_t steps = 0;
  bool stopped = false;    // because stop() said so
  bool timed_out = false;  // by max_seconds
  int threads = 1;
  Report step = {};  // what a training step needs; nothing when none was taken
  // With several members and no validation examples: what is predicted of each training example by the member that
  // has not learned from it, [rows, outputs].
  std::vector<float> held_back = {};
};

// Trains the network to minimise the cross-entropy of its outputs with the labels, or their squared error from the
// values, or the quantile loss of `info.quantiles`. Its outputs are logits [B, classes], or [B, targets]. Predicted
// quantiles are then shifted by one-sided conformal prediction on the rows that decide when to stop. Results depend
// on the arguments alone, not on threads or time, nor on how often it was interrupted and resumed. Throws Error for
// shapes that do not fit or a checkpoint that can't be written, DataError for one that can't be read, DivergedStep,
// with the first operation that made NaN or infinity, the step and the rows of its batch, or when the loss grows
// beyond all measure. The bad step is not applied, and the state before it saved as a checkpoint.
Model fit(const Network& network, const Examples& train, const Examples& validation, const FitOptions& options = {},
          FitReport* report = nullptr);
// The same, with the validation examples drawn from `inputs` by seed, stratified by class.
Model fit(const Network& network, std::span<const float> inputs, std::span<const std::int64_t> labels,
          const FitOptions& options = {}, FitReport* report = nullptr);
Model fit(const Network& network, std::span<const float> inputs, std::span<const double> values,
          const FitOptions& options = {}, FitReport* report = nullptr);

// The same for one number a row by Levenberg-Marquardt with Bayesian regularisation, on all rows at once in float64: for
// small tables and networks of dense layers of a few hundred parameters, since a step solves for all of them. First the
// members, each without its part of the examples, which says how many steps are worth it (at most `epochs`, 150 when 0);
// then as many networks again on all examples for so many steps. The model averages both. A member's step is an epoch;
// of the options optimiser, train, batch_size and checkpoint mean nothing here. Throws UsageError for classes,
// quantiles, weights or several targets, Error for other layers.
Model fit_least_squares(const Network& network, const Examples& train, const FitOptions& options = {},
                        FitReport* report = nullptr);

}  // namespace backprop
