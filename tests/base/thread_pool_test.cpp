#include "base/thread_pool.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "backprop/device.hpp"
#include "backprop/error.hpp"

namespace backprop {
namespace {

struct Phases {
  ThreadPool* pool;
  int parts;
  std::vector<std::int64_t> values;  // one a part; each phase adds what the neighbour had in the phase before
};

void run_phases(void* context, int part) {
  auto& phases = *static_cast<Phases*>(context);
  for (int phase = 0; phase < 4; ++phase) {
    const auto neighbour = phases.values[static_cast<std::size_t>((part + 1) % phases.parts)];
    phases.pool->barrier(phases.parts);
    phases.values[static_cast<std::size_t>(part)] += neighbour;
    phases.pool->barrier(phases.parts);
  }
}

TEST(ThreadPool, PartsSeeEachOthersWritesAfterABarrier) {
  for (int threads : {1, 2, 3, 16}) {
    ThreadPool pool(threads);
    ASSERT_EQ(pool.threads(), threads);
    for (int parts = 1; parts <= threads; ++parts) {
      for (int step = 0; step < 20; ++step) {
        Phases phases{&pool, parts, std::vector<std::int64_t>(static_cast<std::size_t>(parts), 1)};
        pool.run(parts, run_phases, &phases);
        for (auto value : phases.values) ASSERT_EQ(value, 16) << threads << " threads, " << parts << " parts";
      }
    }
  }
}

TEST(ThreadPool, StepsComeThroughAfterHelpersSlept) {
  ThreadPool pool(2);
  for (int step = 0; step < 5; ++step) {
    std::atomic<int> calls{0};
    pool.run(
        2, [](void* context, int) { ++*static_cast<std::atomic<int>*>(context); }, &calls);
    EXPECT_EQ(calls, 2);
    std::this_thread::sleep_for(std::chrono::milliseconds(step));
  }
}

TEST(ThreadPool, ManyStepsOfMoreThreadsThanCoresDoNotStall) {
  ThreadPool pool(usable_cores() + 2);
  double least = 1e9;  // of three attempts: others may hold the cores for one
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto start = std::chrono::steady_clock::now();
    for (int step = 0; step < 200; ++step) {
      Phases phases{&pool, pool.threads(), std::vector<std::int64_t>(static_cast<std::size_t>(pool.threads()), 1)};
      pool.run(pool.threads(), run_phases, &phases);
    }
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  EXPECT_LT(least, 200 * 0.008) << "a step takes as long as the scheduler's time slice";
}

TEST(ThreadPool, TwoDevicesRunAtOnceInTwoHostThreads) {
  auto train = [] {
    Device device({.threads = 2});
    for (int step = 0; step < 200; ++step) {
      Phases phases{&device.pool(), 2, {1, 1}};
      device.pool().run(2, run_phases, &phases);
      ASSERT_EQ(phases.values[0], 16);
    }
  };
  std::thread other(train);
  train();
  other.join();
}

TEST(ThreadPool, HostThreadsThatShareADeviceTakeTurns) {
  Device device({.threads = 2});
  auto train = [&] {
    for (int step = 0; step < 200; ++step) {
      Phases phases{&device.pool(), 2, {1, 1}};
      device.pool().run(2, run_phases, &phases);
      ASSERT_EQ(phases.values[1], 16);
    }
  };
  std::thread other(train);
  train();
  other.join();
}

TEST(ThreadPool, TheCallersThreadStaysAsItWas) {
  cpu_set_t cores_before, cores_after;
  sigset_t signals_before, signals_after;
  ASSERT_EQ(sched_getaffinity(0, sizeof cores_before, &cores_before), 0);
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &signals_before), 0);
  {
    Device device;
    EXPECT_EQ(device.threads(), usable_cores());
    auto nothing = [](void*, int) {};
    device.pool().run(device.threads(), nothing, nullptr);
  }
  ASSERT_EQ(sched_getaffinity(0, sizeof cores_after, &cores_after), 0);
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &signals_after), 0);
  EXPECT_TRUE(CPU_EQUAL(&cores_before, &cores_after));
  for (int signal = 1; signal < 32; ++signal) {
    EXPECT_EQ(sigismember(&signals_before, signal), sigismember(&signals_after, signal));
  }
  volatile double smallest = std::numeric_limits<double>::min();
  EXPECT_GT(smallest / 2, 0) << "denormals are still flushed";
}

struct InsideHelper {
  int signals_open = 0;
  double denormal[2] = {1, 1};
};

TEST(ThreadPool, HelpersBlockSignalsAndEveryPartFlushesDenormals) {
  Device device({.threads = 2});
  InsideHelper inside;
  device.pool().run(
      2,
      [](void* context, int part) {
        auto& result = *static_cast<InsideHelper*>(context);
        volatile double smallest = std::numeric_limits<double>::min();
        result.denormal[part] = smallest / 2;
        if (part == 0) return;
        sigset_t blocked;
        pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
        for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGUSR1}) {
          result.signals_open += sigismember(&blocked, signal) == 0;
        }
      },
      &inside);
  EXPECT_EQ(inside.signals_open, 0);
  EXPECT_EQ(inside.denormal[0], 0);
  EXPECT_EQ(inside.denormal[1], 0);
}

TEST(ThreadPool, SharesOutItemsAndRethrowsOfTheFirstThread) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (const std::size_t count : {0u, 1u, 3u, 17u}) {
      std::vector<std::atomic<int>> calls(count);
      for_each_item(pool, count, [&](std::size_t item) { ++calls[item]; });
      for (const std::atomic<int>& times : calls) EXPECT_EQ(times, 1);
    }
    try {
      for_each_item(pool, 17, [](std::size_t item) { throw Error(std::to_string(item)); });
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), "0");
    }
  }
}

TEST(Device, RefusesAnImpossibleNumberOfThreads) {
  EXPECT_THROW(Device({.threads = -1}), UsageError);
  EXPECT_THROW(Device({.threads = 100000}), UsageError);
}

}  // namespace
}  // namespace backprop
