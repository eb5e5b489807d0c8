// Whether the parts of a step are shared out over threads or all run by the caller: whichever took less time lately.
// Threads that meet several times a step wait for the slowest core, so on a machine that is busy with something else
// one thread can be several times faster. Results do not depend on it. Thread safety: one thread at a time.
#pragma once
#include <algorithm>

namespace backprop::cpu {

class Sharing {
 public:
  // For the step that comes next.
  bool shared() const { return shared_ != trying_; }

  // The step just run took so long.
  void took(double seconds) {
    seconds_ += seconds;
    ++steps_;
    const double mean = seconds_ / steps_;
    const bool several = steps_ >= least_steps || seconds_ >= least_steps * window;
    const bool clear = trying_ && several && mean > 1.5 * usual_;  // no need to try any longer
    if (!clear && (!several || seconds_ < window)) return;
    if (!trying_) {
      usual_ = mean;
      trying_ = --windows_ == 0 || (other_ > 0 && mean > 1.1 * other_);
    } else {
      trying_ = false;
      other_ = mean;
      if (mean < 0.9 * usual_) {
        other_ = usual_;
        shared_ = !shared_;
        interval_ = 1;
      } else {
        interval_ = std::min(longest_interval, interval_ * (shared_ && mean > 1.3 * usual_ ? 8 : 2));
      }
      windows_ = interval_;
    }
    seconds_ = 0;
    steps_ = 0;
  }

 private:
  // Seconds, several time slices of a scheduler. Beside two busy processes a training of a second took 2.0 times that on
  // one thread with windows of 0.1, 1.3 with these; 0.005 gained nothing more.
  static constexpr double window = 0.02;
  static constexpr int least_steps = 3;
  static constexpr int longest_interval = 256;

  bool shared_ = true;
  bool trying_ = false;  // the other way, for one window
  double usual_ = 0;     // mean seconds of a step in the window before
  double other_ = 0;     // the other way, when it was tried last; 0: never
  // Windows between tries. A try in vain doubles it; where threads pay well, it is eight times as long: steps of a tenth
  // of a second lost a tenth of their time to tries. Should threads no longer pay, `other_` tells.
  int interval_ = 1;
  int windows_ = 1;     // until the next try
  double seconds_ = 0;  // of the window of the moment
  int steps_ = 0;
};

}  // namespace backprop::cpu
