#include "cli/interrupt.hpp"

#include <pthread.h>
#include <unistd.h>

#include <ctime>

#include "cli/command.hpp"

namespace backprop::cli {
namespace {

sigset_t signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t set = signals();
  pthread_sigmask(SIG_BLOCK, &set, &before_);
  watcher_ = std::jthread([this](const std::stop_token& ended) { watch(ended); });
}

Interrupt::~Interrupt() {
  watcher_.request_stop();
  watcher_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

// A thread that waits for the signal may do anything, a signal handler next to nothing.
void Interrupt::watch(const std::stop_token& ended) {
  const sigset_t set = signals();
  const std::timespec wait = {.tv_sec = 0, .tv_nsec = 20'000'000};
  while (!ended.stop_requested()) {
    if (sigtimedwait(&set, nullptr, &wait) < 0) continue;
    if (stop_.stop_requested()) _exit(Exit::interrupted);
    stop_.request_stop();
  }
}

}  // namespace backprop::cli
