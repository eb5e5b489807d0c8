#include "base/thread_pool.hpp"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <system_error>
#include <thread>

#include "backprop/error.hpp"
#include "base/floating_mode.hpp"
#include "base/pause.hpp"

namespace backprop {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

constexpr nanoseconds longest_spin = microseconds(200);  // about twice what waking a sleeper costs
constexpr nanoseconds shortest_spin = microseconds(2);

std::vector<int> cores_of_caller() {
  std::vector<int> cores;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    for (int core = 0; core < CPU_SETSIZE; ++core) {
      if (CPU_ISSET(core, &set)) cores.push_back(core);
    }
  }
  return cores;
}

// Waits until `word` is not `old`: spins for `spin`, then offers its core to others for a while, then sleeps.
void wait_for_change(const std::atomic<std::uint32_t>& word, std::uint32_t old, nanoseconds spin, bool oversubscribed) {
  if (oversubscribed) spin = nanoseconds(0);
  for (int i = 0; i < 16; ++i) {
    if (word.load(std::memory_order_acquire) != old) return;
    pause();
  }
  if (spin > nanoseconds(0)) {
    const auto end = Clock::now() + spin;
    do {
      for (int i = 0; i < 8; ++i) {
        if (word.load(std::memory_order_acquire) != old) return;
        pause();
      }
    } while (Clock::now() < end);
  }
  for (int i = 0; i < 4; ++i) {
    sched_yield();
    if (word.load(std::memory_order_acquire) != old) return;
  }
  word.wait(old, std::memory_order_acquire);
}

}  // namespace

int usable_cores() { return std::max(1, static_cast<int>(cores_of_caller().size())); }

struct ThreadPool::Helper {
  alignas(64) std::atomic<std::uint32_t> steps{0};  // hand-overs so far: a change is the signal to start
  int part = 0;
  int core = -1;  // where it is placed, -1: anywhere
  std::thread thread;
};

ThreadPool::ThreadPool(int threads) {
  const std::vector<int> cores = cores_of_caller();
  oversubscribed_ = threads > static_cast<int>(cores.size());
  // The cores after the caller's own, so that host threads apart from each other get helpers apart from each other.
  std::size_t mine = 0;
  const int here = sched_getcpu();
  for (std::size_t i = 0; i < cores.size(); ++i) {
    if (cores[i] == here) mine = i;
  }
  if (!oversubscribed_) free_core_ = cores[mine];

  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // helpers inherit the mask
  std::string failure;
  try {
    for (int part = 1; part < threads; ++part) {
      auto helper = std::make_unique<Helper>();
      helper->part = part;
      helper->thread = std::thread([this, h = helper.get()] { help(*h); });
      helpers_.push_back(std::move(helper));
      if (!oversubscribed_) {
        place(*helpers_.back(), cores[(mine + static_cast<std::size_t>(part)) % cores.size()]);
      }
    }
  } catch (const std::system_error& error) {
    failure = error.what();
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!failure.empty()) {
    stop();
    throw Error("[device] cannot start " + std::to_string(threads - 1) + " helper threads: " + failure);
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  function_ = nullptr;
  for (auto& helper : helpers_) {
    helper->steps.fetch_add(1);
    helper->steps.notify_one();
  }
  for (auto& helper : helpers_) helper->thread.join();
}

void ThreadPool::place(Helper& helper, int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(core), &set);
  helper.core = pthread_setaffinity_np(helper.thread.native_handle(), sizeof set, &set) == 0 ? core : -1;
}

// The caller is not placed, so it may have been moved to a helper's core: then that helper moves to the free one.
void ThreadPool::avoid_core_of_caller(int parts) {
  if (free_core_ < 0) return;
  const int here = sched_getcpu();
  if (here == free_core_) return;
  for (int part = 1; part < parts; ++part) {
    Helper& helper = *helpers_[static_cast<std::size_t>(part - 1)];
    if (helper.core == here) {
      place(helper, free_core_);
      free_core_ = here;
      return;
    }
  }
}

void ThreadPool::run(int parts, Function function, void* context) {
  const FloatingMode mode;
  if (parts == 1) return function(context, 0);
  const std::lock_guard lock(mutex_);
  avoid_core_of_caller(parts);
  function_ = function;
  context_ = context;
  running_.store(static_cast<std::uint32_t>(parts - 1), std::memory_order_relaxed);
  for (int part = 1; part < parts; ++part) {
    Helper& helper = *helpers_[static_cast<std::size_t>(part - 1)];
    helper.steps.fetch_add(1);  // sequentially consistent: before the look for a sleeper in notify_one
    helper.steps.notify_one();
  }
  function(context, 0);
  for (std::uint32_t n; (n = running_.load(std::memory_order_acquire)) != 0;) {
    wait_for_change(running_, n, longest_spin, oversubscribed_);
  }
}

void ThreadPool::barrier(int parts) {
  if (parts == 1) return;
  const std::uint32_t passed = barrier_.load(std::memory_order_relaxed);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == static_cast<std::uint32_t>(parts)) {
    arrived_.store(0, std::memory_order_relaxed);
    barrier_.fetch_add(1);
    barrier_.notify_all();
  } else {
    wait_for_change(barrier_, passed, longest_spin, oversubscribed_);
  }
}

void ThreadPool::help(Helper& helper) {
  const FloatingMode mode;
  std::uint32_t steps = 0;
  nanoseconds spin = microseconds(50);
  for (;;) {
    const auto idle_since = Clock::now();
    wait_for_change(helper.steps, steps, spin, oversubscribed_);
    steps = helper.steps.load(std::memory_order_acquire);
    if (function_ == nullptr) return;
    // Spin for twice the longest time between steps of late; where that is too long, hardly at all. Two steps of 90 us and
    // a pause of 0.1 ms by turns: 87 us a step; halved at each step, up to 104.
    const auto gap = Clock::now() - idle_since;
    const nanoseconds lately = gap > longest_spin ? nanoseconds(0) : std::min(nanoseconds(2 * gap), longest_spin);
    spin = std::max({shortest_spin, nanoseconds(spin * 7 / 8), lately});
    function_(context_, helper.part);
    if (running_.fetch_sub(1) == 1) running_.notify_one();
  }
}

void for_each_item(ThreadPool& pool, std::size_t count, const std::function<void(std::size_t)>& function) {
  if (count == 0) return;
  struct Context {
    const std::function<void(std::size_t)>& function;
    std::size_t count;
    std::vector<std::exception_ptr> errors;  // of each part
  } context{function, count,
            std::vector<std::exception_ptr>(std::min(count, static_cast<std::size_t>(pool.threads())))};
  pool.run(
      static_cast<int>(context.errors.size()),
      [](void* c, int part) {
        Context& shared = *static_cast<Context*>(c);
        const auto first = static_cast<std::size_t>(part);
        try {
          for (std::size_t item = first; item < shared.count; item += shared.errors.size()) shared.function(item);
        } catch (...) {
          shared.errors[first] = std::current_exception();
        }
      },
      &context);
  for (const std::exception_ptr& error : context.errors) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace backprop
