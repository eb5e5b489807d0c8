// Golden losses: a change of any bit on the way from a seed to a trained network shows here (on instruction sets with
// fused multiply-add, which share their bits). And the same bytes of parameters for any number of threads and any run.
#include <gtest/gtest.h>

#include <cmath>

#include "backprop/compile.hpp"
#include "backprop/device.hpp"
#include "backprop/losses.hpp"
#include "backprop/network.hpp"
#include "backprop/operations.hpp"
#include "backprop/optimisers.hpp"

namespace backprop {
namespace {

// Losses of ten steps of a 16-24-12-5 network with dropout on 40 examples, then 17, by turns.
template <class T> std::vector<double> losses_of_ten_steps() {
  constexpr DType dtype = dtype_of<T>;
  Graph g;
  const Value x = g.input({named("B"), 16}, dtype), t = g.input({named("B")}, int64);
  const Network net = sequence(dense(24, relu), dropout(0.2), dense(12, backprop::tanh), dense(5));
  const TrainOptions options = {.schedule = schedule::cosine(10), .clip_norm = 1};
  Compiled step = compile(train_step(cross_entropy(net(x, Mode::training), t), adam({.learning_rate = 0.02}), options),
                          {.seed = 1986});
  std::vector<double> losses;
  for (int i = 0; i < 10; ++i) {
    const std::int64_t n = i % 2 == 0 ? 40 : 17;
    Tensor inputs(dtype, {n, 16}), classes(int64, {n});
    for (std::int64_t k = 0; k < 16 * n; ++k) {
      inputs.as<T>()[static_cast<std::size_t>(k)] = static_cast<T>((k * 7919 + i * 104729) % 1000 - 500) / 256;
    }
    for (std::int64_t k = 0; k < n; ++k) classes.as<std::int64_t>()[static_cast<std::size_t>(k)] = k * k % 5;
    step.run({inputs, classes});
    losses.push_back(step.scalar());
  }
  return losses;
}

const std::vector<double> golden = {
    0x1.054403a400f55p+1, 0x1.b2ed2b32ee95ep+0, 0x1.7c0caaf2ba0edp+0, 0x1.1ed754f31be5bp+0, 0x1.3b9d0a735078ep+0,
    0x1.667ba613a8ecdp+0, 0x1.1d54137f47b13p+0, 0x1.4a358547b2056p+0, 0x1.2ed0cd66b2a9bp+0, 0x1.297631c39c9e2p+0};

TEST(Golden, LossesInFloat64ToTheBit) {
  const std::vector<double> losses = losses_of_ten_steps<double>();
  ASSERT_EQ(losses.size(), golden.size());
  for (std::size_t k = 0; k < golden.size(); ++k) EXPECT_EQ(losses[k], golden[k]) << std::hexfloat << losses[k];
}

TEST(Golden, LossesInFloat32) {
  const std::vector<double> losses = losses_of_ten_steps<float>();
  ASSERT_EQ(losses.size(), golden.size());
  for (std::size_t k = 0; k < golden.size(); ++k) EXPECT_NEAR(losses[k] / golden[k], 1, 1e-6);
}

// All states of a wide network after five steps, byte after byte.
template <class T> std::vector<std::byte> bytes_after_training(int threads) {
  constexpr DType dtype = dtype_of<T>;
  Graph g;
  const Value x = g.input({named("B"), 200}, dtype), t = g.input({named("B"), 10}, dtype);
  const Network net = sequence(dense(160, gelu), dropout(0.1), dense(96, relu), dense(10));
  const Value loss = squared_error(net(x, Mode::training), t);
  Compiled step = compile(train_step(loss, adamw(), {.clip_norm = 0.5}),
                          {.device = std::make_shared<Device>(DeviceOptions{.threads = threads}), .seed = 7});
  Tensor inputs(dtype, {300, 200}), targets(dtype, {300, 10});
  for (std::size_t k = 0; k < 60000; ++k) inputs.as<T>()[k] = static_cast<T>(k * 7919 % 2048) / 1024 - 1;
  for (std::size_t k = 0; k < 3000; ++k) targets.as<T>()[k] = static_cast<T>(k % 7);
  for (int i = 0; i < 5; ++i) step.run({inputs, targets});
  EXPECT_EQ(step.report().threads, threads);
  std::vector<std::byte> all;
  for (const auto& [name, entry] : step.states()) {
    const auto* const data = static_cast<const std::byte*>(entry.tensor.data());
    all.insert(all.end(), data, data + entry.tensor.bytes());
  }
  return all;
}

template <class T> void same_bytes() {
  const std::vector<std::byte> once = bytes_after_training<T>(1);
  EXPECT_TRUE(once == bytes_after_training<T>(1)) << "two runs";
  EXPECT_TRUE(once == bytes_after_training<T>(2)) << "two threads";
  EXPECT_TRUE(once == bytes_after_training<T>(4)) << "four threads";
}
TEST(Golden, SameBytesForAnyNumberOfThreadsAndAnyRun) {
  same_bytes<float>();
  same_bytes<double>();
}

}  // namespace
}  // namespace backprop
