// The same bits for any number of threads, and as the interpreter gives them.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>

#include "backprop/backprop.hpp"
#include "run/interpreter.hpp"
#include "tests/run_cpu/instruction_sets.hpp"

namespace backprop {
namespace {

Tensor random_numbers(DType dtype, const Extents& extents) {
  Tensor t(float64, extents);
  std::mt19937 generator(7);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (double& x : t.as<double>()) x = uniform(generator);
  return convert(t, dtype);
}

// Of one example the gradient is an outer product, which the update computes where nothing else needs it.
Program classifier(Graph& g, DType dtype, std::int64_t batch) {
  const Dim B = named("B");
  const Value x = g.input({B, 200}, dtype), t = g.input({B}, int32);
  const Network net = sequence(dense(192, relu), dense(160, tanh), dense(10));
  return train_step(mean(softmax_cross_entropy(net(x), t)), adam(),
                    batch == 1 ? TrainOptions() : TrainOptions{.clip_norm = 1});
}

TEST(Threads, GiveTheSameBits) {
  for (const DType dtype : {float32, float64}) {
    for (const std::int64_t batch : {1, 7, 130, 301}) {
      const Tensor rows = random_numbers(dtype, {batch, 200});
      Tensor classes(int32, {batch});
      for (std::int64_t i = 0; i < batch; ++i) classes.as<std::int32_t>()[static_cast<std::size_t>(i)] = i % 10;
      const TensorView inputs[] = {rows, classes};
      Graph g;
      StateStore expected;
      for (int step = 0; step < 2; ++step) interpret(classifier(g = Graph(), dtype, batch), inputs, expected);
      int most = 1;
      for (const int threads : {1, 2, 3, 4}) {
        Compiled compiled = compile(classifier(g = Graph(), dtype, batch),
                                    {.device = std::make_shared<Device>(DeviceOptions{.threads = threads})});
        for (int step = 0; step < 2; ++step) compiled.run(inputs);
        most = std::max(most, compiled.report().threads);
        for (const auto& [name, entry] : expected) {
          EXPECT_EQ(std::memcmp(entry.tensor.data(), compiled.states()[name].data(), entry.tensor.bytes()), 0)
              << name << " with " << threads << " threads";
        }
      }
      EXPECT_EQ(most, 4);
    }
  }
}

// Sums of few rows, handed from thread to thread: chunks of terms end within a share, the last block is no whole one.
TEST(Threads, HandOnTheSumsOfFewRows) {
  cpu::for_each_instruction_set([&](std::int64_t) {
    for (const DType dtype : {float32, float64}) {
      for (const auto& [batch, terms, columns] : {std::array{1, 2100, 70},
                                                  {2, 1024, 193},
                                                  {3, 300, 450},
                                                  {5, 2049, 64},
                                                  {11, 1500, 129},
                                                  {16, 1025, 80},
                                                  {17, 700, 150}}) {
        SCOPED_TRACE(testing::Message() << to_string(dtype) << " " << batch << " x " << columns << " x " << terms);
        const auto program = [&, terms = terms, columns = columns](Graph& g) {
          const Value x = g.input({named("B"), terms}, dtype), t = g.input({named("B"), columns}, dtype);
          return train_step(squared_error(sequence(dense(columns))(x), t), adam());
        };
        const Tensor rows = random_numbers(dtype, {batch, terms}), targets = random_numbers(dtype, {batch, columns});
        const TensorView inputs[] = {rows, targets};
        Graph g, h;
        StateStore expected;
        for (int step = 0; step < 2; ++step) interpret(program(h = Graph()), inputs, expected);
        for (const int threads : {2, 3}) {
          Compiled compiled =
              compile(program(g = Graph()), {.device = std::make_shared<Device>(DeviceOptions{.threads = threads})});
          for (int step = 0; step < 2; ++step) compiled.run(inputs);
          EXPECT_EQ(compiled.report().threads, threads);
          for (const auto& [name, entry] : expected) {
            EXPECT_EQ(std::memcmp(entry.tensor.data(), compiled.states()[name].data(), entry.tensor.bytes()), 0)
                << name << " with " << threads << " threads";
          }
        }
      }
    }
  });
}

// Networks side by side, of different sizes: each thread runs some of them.
Program side_by_side(Graph& g) {
  const Dim B = named("B");
  const Value x = g.input({B, 30}), t = g.input({B}, int32);
  Value total;
  for (int k = 0; k < 5; ++k) {
    const Network net("member_" + std::to_string(k), {dense(40 + 8 * k, relu), dense(64, tanh), dense(10 + k)});
    const Value loss = mean(softmax_cross_entropy(net(x), t));
    total = k == 0 ? loss : total + loss;
  }
  return train_step(total, adam(), {.clip_norm = 1});
}

TEST(Threads, RunNetworksSideBySideWithTheSameBits) {
  const Tensor rows = random_numbers(float32, {64, 30});
  Tensor classes(int32, {64});
  for (std::int64_t i = 0; i < 64; ++i) classes.as<std::int32_t>()[static_cast<std::size_t>(i)] = i % 10;
  const TensorView inputs[] = {rows, classes};
  Graph g;
  StateStore expected;
  for (int step = 0; step < 3; ++step) interpret(side_by_side(g = Graph()), inputs, expected);
  for (const int threads : {1, 2, 3, 4, 5, 8, 16}) {
    Compiled compiled =
        compile(side_by_side(g = Graph()), {.device = std::make_shared<Device>(DeviceOptions{.threads = threads})});
    for (int step = 0; step < 3; ++step) compiled.run(inputs);
    EXPECT_EQ(compiled.report().threads, std::min(threads, 5));
    for (const auto& [name, entry] : expected) {
      EXPECT_EQ(std::memcmp(entry.tensor.data(), compiled.states()[name].data(), entry.tensor.bytes()), 0)
          << name << " with " << threads << " threads";
    }
    classes.as<std::int32_t>()[3] = 77;
    try {
      compiled.run(inputs);
      ADD_FAILURE() << "class 77 of 10";
    } catch (const Error& error) {  // of the first network, whichever thread came first
      EXPECT_NE(std::string(error.what()).find("for 10 classes"), std::string::npos) << error.what();
    }
    classes.as<std::int32_t>()[3] = 3;
    EXPECT_EQ(compiled.states().step(), 3u);
    compiled.run(inputs);  // goes on as if nothing had been
  }
}

TEST(Threads, ASmallPlanWakesNone) {
  Graph g;
  const Value x = g.input({4, 2});
  Compiled f = compile(mean(tanh(x)), {.device = std::make_shared<Device>(DeviceOptions{.threads = 4})});
  f.run({Tensor(float32, {4, 2})});
  EXPECT_EQ(f.report().threads, 1);
}

TEST(Threads, DivergenceIsSeenByAllParts) {
  Graph g;
  Compiled compiled =
      compile(classifier(g, float32, 16), {.device = std::make_shared<Device>(DeviceOptions{.threads = 4})});
  Tensor rows = random_numbers(float32, {256, 200});
  const Tensor classes(int32, {256});
  compiled.run({rows, classes});
  const Tensor before = compiled.states()["dense_1.weight"];
  rows.as<float>()[256 * 200 - 1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(compiled.run({rows, classes}), DivergedError);
  EXPECT_EQ(std::memcmp(before.data(), compiled.states()["dense_1.weight"].data(), before.bytes()), 0);
  EXPECT_EQ(compiled.states().step(), 1u);
}

}  // namespace
}  // namespace backprop
