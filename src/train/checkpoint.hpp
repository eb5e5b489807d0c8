// The state of a training as a file: parameters, optimiser's states, best weights, and where in which epoch it stands.
// Thread safety: one thread at a time.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "backprop/fit.hpp"
#include "train/best.hpp"

namespace backprop {

// Where a training stands, besides its states.
struct Progress {
  int epochs = 0;           // complete
  std::int64_t rows = 0;    // seen in the epoch under way
  double total = 0;         // of their losses
  double seconds = 0;       // that it has taken
  double loss_of_best = 0;  // in training, of the best epoch
  bool overfits = false;    // by then
  int advanced = 0;         // the last epoch that was better by something worth waiting for
  double mark = 0;          // its loss
};

// What a checkpoint must have been written with to be gone on from.
struct CheckpointFit {
  std::int64_t examples = 0, batch_size = 0;
};

void write_checkpoint(const std::string& path, const CheckpointFit& fit, const Progress& progress,
                      const StateStore& states, const Best& best);
// Fills the states, which must be there. Throws DataError naming the file when it does not fit them.
Progress read_checkpoint(const std::string& path, const CheckpointFit& fit, StateStore& states, Best& best);

// Only how far it is.
Progress read_progress(const std::string& path);

// Says when one is due, so that writing takes no more than a twentieth of the time.
class CheckpointClock {
 public:
  explicit CheckpointClock(const CheckpointOptions& options) : options_(options) {}
  bool due(bool epoch_ended) const;
  // Calls write(), and takes the time.
  void save(const std::function<void()>& write);

 private:
  using Clock = std::chrono::steady_clock;
  static double seconds_since(Clock::time_point time) {
    return std::chrono::duration<double>(Clock::now() - time).count();
  }
  const CheckpointOptions& options_;
  Clock::time_point last_ = Clock::now();
  double cost_ = 0;  // seconds that the last one took
};

}  // namespace backprop
