#include "backprop/fit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "backprop/error.hpp"
#include "base/philox.hpp"

namespace backprop {
namespace {

// Two classes inside and outside of a circle, or the distance from its centre.
struct Circle {
  std::vector<float> inputs;
  std::vector<std::int64_t> labels;
  std::vector<double> distances;
};

Circle circle(std::size_t rows) {
  Circle c;
  const RandomStream random(7, 0, 0);
  for (std::size_t r = 0; r < rows; ++r) {
    const double x = 4 * random.uniform(2 * r) - 2, y = 4 * random.uniform(2 * r + 1) - 2;
    c.inputs.insert(c.inputs.end(), {static_cast<float>(100 + x), static_cast<float>(0.01 * y)});
    c.distances.push_back(std::hypot(x, y));
    c.labels.push_back(c.distances.back() < 1.5 ? 1 : 0);
  }
  return c;
}

Network small(std::int64_t outputs) { return sequence(dense(16, tanh), dense(outputs)); }

TEST(Fit, LearnsClassesFromUnscaledColumns) {
  const Circle c = circle(400);
  FitReport report;
  const Model model = fit(small(2), c.inputs, c.labels, {.epochs = 100, .seed = 1}, &report);
  EXPECT_GT(model.measure(c.inputs, c.labels).accuracy, 0.95);
  EXPECT_EQ(report.epochs, 100);
  EXPECT_GT(report.best, 20);
  EXPECT_THAT(model.info().classes, testing::ElementsAre("0", "1"));
  EXPECT_THAT(model.info().features, testing::ElementsAre("x1", "x2"));
  const std::vector<float> p = model.predict(std::vector<float>{100, 0});
  EXPECT_GT(p[1], 0.9f);
  EXPECT_FLOAT_EQ(p[0] + p[1], 1.0f);
}

TEST(Fit, LearnsNumbersInTheirOwnUnits) {
  Circle c = circle(400);
  for (double& distance : c.distances) distance = 1000 * distance - 5e4;
  const Model model = fit(small(1), c.inputs, c.distances, {.epochs = 100, .seed = 1});
  const Measures m = model.measure(c.inputs, c.distances);
  EXPECT_GT(m.r2, 0.95);
  EXPECT_LT(m.rmse, 200);
}

TEST(Fit, IsAFunctionOfItsArguments) {
  const Circle c = circle(130);
  const auto predictions = [&](int threads, std::uint64_t seed) {
    FitOptions options{.epochs = 5, .seed = seed, .device = std::make_shared<Device>(DeviceOptions{threads})};
    return fit(small(2), c.inputs, c.labels, options).predict(c.inputs);
  };
  EXPECT_EQ(predictions(1, 3), predictions(1, 3));
  EXPECT_EQ(predictions(1, 3), predictions(4, 3));
  EXPECT_NE(predictions(1, 3), predictions(1, 4));
}

TEST(Fit, StopsEarlyAndKeepsTheBestWeights) {
  const Circle c = circle(60);
  std::vector<std::int64_t> noise;  // nothing to learn: the validation loss soon rises
  for (std::size_t r = 0; r < 60; ++r) noise.push_back(RandomStream(1, 0, 0).bits(r) & 1);
  std::vector<Epoch> seen;
  FitOptions options{.optimiser = adam({.learning_rate = 0.03}), .epochs = 1000, .patience = 7, .validation = 0.5};
  options.on_epoch = [&](const Epoch& epoch) { seen.push_back(epoch); };
  FitReport report;
  const Model model = fit(small(2), c.inputs, noise, options, &report);
  ASSERT_EQ(static_cast<int>(seen.size()), report.epochs);
  EXPECT_LT(report.epochs, 1000);
  EXPECT_EQ(report.epochs, report.best + 7);
  EXPECT_EQ(seen.back().best_loss, seen[static_cast<std::size_t>(report.best - 1)].validation_loss);
  for (const Epoch& epoch : seen) EXPECT_GE(epoch.validation_loss, seen.back().best_loss);
}

TEST(Fit, WaitsLongerWhereItMayTrainForLongerThanUsual) {
  const Circle c = circle(60);
  std::vector<std::int64_t> noise;
  for (std::size_t r = 0; r < 60; ++r) noise.push_back(RandomStream(1, 0, 0).bits(r) & 1);
  const auto trained = [&](int epochs) {
    FitOptions options{.epochs = epochs, .validation = 0.5};
    FitReport report;
    fit(small(2), c.inputs, noise, options, &report);
    return report.epochs;
  };
  const Effort usual = choose_effort(60);
  EXPECT_GT(trained(usual.epochs), usual.patience);
  EXPECT_LT(trained(usual.epochs), usual.epochs / 5);
  EXPECT_GT(trained(usual.epochs + 5), usual.epochs / 5);
}

TEST(Fit, StopKeepsTheModel) {
  const Circle c = circle(100);
  bool stop = false;
  FitOptions options{.epochs = 1'000'000, .stop = [&] { return stop; }};
  options.on_epoch = [&](const Epoch& epoch) { stop = epoch.number == 3; };
  FitReport report;
  const Model model = fit(small(2), c.inputs, c.labels, options, &report);
  EXPECT_TRUE(report.stopped);
  EXPECT_EQ(report.epochs, 3);
  EXPECT_EQ(model.predict(c.inputs).size(), 200u);
}

TEST(Fit, DivergenceIsAnErrorWithItsStep) {
  const Circle c = circle(100);
  const FitOptions options{.optimiser = sgd({.learning_rate = 1e20}), .epochs = 10};
  try {
    fit(sequence(dense(16, relu), dense(1)), c.inputs, c.distances, options);
    FAIL();
  } catch (const DivergedError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("diverged in epoch 1, step "));
  }
}

TEST(Fit, RefusesWhatDoesNotFit) {
  const Circle c = circle(10);
  EXPECT_THROW(fit(small(3), c.inputs, c.labels), Error);  // three outputs for two classes
  EXPECT_THROW(fit(small(2), std::span(c.inputs).first(19), c.labels), Error);
  EXPECT_THROW(fit(small(2), {}, std::span<const std::int64_t>()), Error);
  EXPECT_THROW(fit(small(2), c.inputs, c.labels, {.validation = 1.0}), UsageError);
}

TEST(Fit, TwoThreadsAtOnce) {
  const Circle c = circle(100);
  const auto run = [&] { return fit(small(2), c.inputs, c.labels, {.epochs = 5, .seed = 2}).predict(c.inputs); };
  const std::vector<float> alone = run();
  std::vector<float> first, second;
  std::thread one([&] { first = run(); }), two([&] { second = run(); });
  one.join();
  two.join();
  EXPECT_EQ(first, alone);
  EXPECT_EQ(second, alone);
}

TEST(Fit, EffortGrowsWithTheTable) {
  EXPECT_EQ(choose_effort(4).batch_size, 64);
  EXPECT_EQ(choose_effort(100).epochs, 1500);
  EXPECT_EQ(choose_effort(100).members, 5);
  EXPECT_EQ(choose_effort(10'000).members, 4);
  EXPECT_EQ(choose_effort(10'000).batch_size, 128);
  EXPECT_EQ(choose_effort(1'000'000).batch_size, 1024);
  EXPECT_LT(choose_effort(1'000'000).patience, choose_effort(100).patience);
  EXPECT_GE(choose_effort(1'000'000'000).epochs, 20);
}

TEST(Model, SavedAndLoadedItPredictsTheSame) {
  const Circle c = circle(60);
  const ModelInfo info{.features = {"a", "b \"quoted\""}, .targets = {"ziel, größe"}, .classes = {"näh", "fern"}};
  const Model model = fit(small(2), c.inputs, c.labels, {.epochs = 3, .info = info});
  const std::string path = testing::TempDir() + "backprop_model_test.onnx";
  model.save(path);
  const Model loaded = Model::load(path);
  std::remove(path.c_str());
  EXPECT_EQ(loaded.predict(c.inputs), model.predict(c.inputs));
  EXPECT_EQ(loaded.info().features, info.features);
  EXPECT_EQ(loaded.info().targets, info.targets);
  EXPECT_EQ(loaded.info().classes, info.classes);
  EXPECT_EQ(loaded.info().task, Task::classification);
}

TEST(Model, PredictsFromManyThreadsAndInAnyBatch) {
  const Circle c = circle(1500);
  const Model model = fit(small(2), c.inputs, c.labels, {.epochs = 2});
  const std::vector<float> all = model.predict(c.inputs);
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t r = t; r < 200; r += 4) {
        const std::vector<float> one = model.predict(std::span(c.inputs).subspan(2 * r, 2));
        wrong[t] += one[0] != all[2 * r] || one[1] != all[2 * r + 1];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(wrong, testing::Each(0));
  EXPECT_THROW(model.predict(std::vector<float>{1, 2, 3}), Error);
}

TEST(Model, RefusesFilesThatAreNoModels) {
  EXPECT_THROW(Model::load("/no/such/model.onnx"), DataError);
  EXPECT_THROW(Model::load(BACKPROP_SOURCE_DIR "/README.md"), DataError);
}

// Each member leaves a part out, and all together learn from everything.
TEST(Fit, MembersJudgeEachOtherAndAreAveraged) {
  const Circle c = circle(300), fresh = circle(900);
  const std::span<const float> later = std::span(fresh.inputs).subspan(600);
  const std::span<const std::int64_t> later_labels = std::span(fresh.labels).subspan(300);
  FitReport report;
  const FitOptions options{.epochs = 60, .members = 3, .seed = 1};
  const Model model = fit(small(2), Examples{c.inputs, c.labels}, Examples{}, options, &report);
  ASSERT_EQ(report.held_back.size(), 2 * c.labels.size());
  const double held_back = measure_classes(report.held_back, c.labels, 2).loss;
  EXPECT_GT(held_back, model.measure(c.inputs, c.labels).loss);  // who has seen a row knows it better
  EXPECT_NEAR(held_back, model.measure(later, later_labels).loss, 0.15);
  EXPECT_EQ(model.states().size(), 3u * 4u);
  FitReport again;
  const FitOptions one_thread{
      .epochs = 60, .members = 3, .seed = 1, .device = std::make_shared<Device>(DeviceOptions{.threads = 1})};
  EXPECT_EQ(fit(small(2), Examples{c.inputs, c.labels}, Examples{}, one_thread, &again).predict(c.inputs),
            model.predict(c.inputs));
}

}  // namespace
}  // namespace backprop
