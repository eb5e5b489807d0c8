// The engine inside a host program: two devices train at once in two host threads, and the caller's thread keeps what
// is its own: affinity, signal mask, floating-point mode.
#include <fenv.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

#include <thread>

#include "backprop/backprop.hpp"

namespace backprop {
namespace {

// Trains a small network and gives its parameters; `hidden` large enough that a second thread pays.
std::vector<double> trained(int threads, std::int64_t hidden, int steps) {
  Graph g;
  const Dim B = named("B");
  const Value x = g.input({B, 20}), t = g.input({B}, int64);
  const Network net = sequence(dense(hidden, relu), dense(3));
  const Value loss = cross_entropy(net(x), t);
  auto device = std::make_shared<Device>(DeviceOptions{.threads = threads});
  Compiled step = compile(train_step(loss, adam()), {.device = device, .seed = 11});
  const std::int64_t rows = 256;
  Tensor data(float32, {rows, 20}), labels(int64, {rows});
  for (std::int64_t i = 0; i < rows * 20; ++i) {
    data.as<float>()[static_cast<std::size_t>(i)] = static_cast<float>((i * 7919) % 211) / 100 - 1;
  }
  for (std::int64_t i = 0; i < rows; ++i) labels.as<std::int64_t>()[static_cast<std::size_t>(i)] = i % 3;
  for (int s = 0; s < steps; ++s) step.run({data, labels});
  std::vector<double> parameters;
  for (const auto& [name, entry] : step.states()) {
    for (const double p : to_doubles(entry.tensor)) parameters.push_back(p);
  }
  return parameters;
}

TEST(Host, two_devices_train_at_once_in_two_threads) {
  const std::vector<double> alone = trained(1, 300, 5);
  std::vector<double> first, second;
  std::thread a([&] { first = trained(2, 300, 5); });
  std::thread b([&] { second = trained(2, 300, 5); });
  a.join();
  b.join();
  EXPECT_EQ(first, alone);
  EXPECT_EQ(second, alone);
}

TEST(Host, same_bits_for_any_number_of_threads) {
  const std::vector<double> one = trained(1, 200, 3);
  for (const int threads : {2, 3, 4, 7, 16}) EXPECT_EQ(trained(threads, 200, 3), one) << threads << " threads";
}

TEST(Host, the_calling_thread_keeps_its_affinity_signals_and_floating_point_mode) {
  cpu_set_t cores_before, cores_after;
  sigset_t signals_before, signals_after;
  ASSERT_EQ(sched_getaffinity(0, sizeof cores_before, &cores_before), 0);
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &signals_before), 0);
  ASSERT_EQ(fesetround(FE_UPWARD), 0);
#ifdef __SSE__
  const unsigned mode_before = _mm_getcsr() & ~0x3fu;  // without the exception flags
#endif
  trained(2, 300, 2);
  EXPECT_EQ(fegetround(), FE_UPWARD);
#ifdef __SSE__
  EXPECT_EQ(_mm_getcsr() & ~0x3fu, mode_before);
#endif
  fesetround(FE_TONEAREST);
  ASSERT_EQ(sched_getaffinity(0, sizeof cores_after, &cores_after), 0);
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &signals_after), 0);
  EXPECT_TRUE(CPU_EQUAL(&cores_before, &cores_after));
  for (int s = 1; s < 32; ++s) EXPECT_EQ(sigismember(&signals_before, s), sigismember(&signals_after, s)) << s;
}

}  // namespace
}  // namespace backprop
