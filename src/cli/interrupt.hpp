// Ctrl-C while it lives: the first one asks to stop, so that the step is finished and the model saved; the second ends
// the process at once. Thread safety: make one at a time, on the main thread, before threads that compute are started.
#pragma once
#include <csignal>
#include <stop_token>
#include <thread>

namespace backprop::cli {

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool requested() const { return stop_.stop_requested(); }

 private:
  void watch(const std::stop_token& ended);

  sigset_t before_ = {};
  std::stop_source stop_;
  std::jthread watcher_;
};

}  // namespace backprop::cli
