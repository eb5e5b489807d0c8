// The line that shows how far a training is: the epoch under way as a bar, the losses of the last one, and the time that
// is left. Thread safety: used by the main thread only.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "backprop/fit.hpp"
#include "cli/console.hpp"

namespace backprop::cli {

// "8 s", "3 min", "2.5 h"
std::string describe_time(double seconds);

// "epoch 3 of at most 20 [====>     ], loss 0.41, validation 0.45, best 0.44 in epoch 2, at most 3 min left". `whole` is
// the last whole epoch, `done` the part of the epoch behind it, `left` a number of seconds.
std::string progress_line(const Epoch& whole, double done, std::optional<double> left);

class TrainingProgress {
 public:
  // `what` begins the line.
  explicit TrainingProgress(Console& console, std::string what = "") : console_(console), what_(std::move(what)) {}
  // Part `done` of an epoch, from 0 to 1, is behind.
  void show(int epoch, int of, double done);
  void observe(const Epoch& epoch);

 private:
  using Clock = std::chrono::steady_clock;
  std::optional<double> seconds_left(double epochs, int of);

  Console& console_;
  std::string what_;
  Epoch whole_;
  const Clock::time_point start_ = Clock::now();
  std::optional<double> first_;  // epochs that were behind when this process began
  Clock::time_point shown_ = start_ - std::chrono::hours(1);
};

}  // namespace backprop::cli
