// Predicted quantiles hold: on rows that nothing has seen, whatever the noise is like.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "backprop/error.hpp"
#include "backprop/fit.hpp"
#include "base/philox.hpp"
#include "train/calibrate.hpp"

namespace backprop {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<double> quantiles = {0.05, 0.5, 0.95};

// y = sin 2x + noise that grows with |x| and is skewed: exponential.
struct Noisy {
  std::vector<float> inputs;
  std::vector<double> values, repeated;  // repeated: once a quantile
  Examples examples() const { return {.inputs = inputs, .values = repeated, .targets = quantiles.size()}; }
};

Noisy noisy(std::size_t rows, std::uint64_t seed) {
  Noisy n;
  const RandomStream random(seed, 0, 0);
  for (std::size_t r = 0; r < rows; ++r) {
    const double x = 4 * random.uniform(2 * r) - 2;
    n.inputs.push_back(static_cast<float>(x));
    n.values.push_back(std::sin(2 * x) - (0.1 + std::abs(x)) * std::log(random.uniform(2 * r + 1)));
    n.repeated.insert(n.repeated.end(), quantiles.size(), n.values.back());
  }
  return n;
}

Model learn(const Noisy& train, const Noisy& validation, int members, FitReport* report = nullptr) {
  FitOptions options{.epochs = 60, .members = members, .seed = 1};
  options.info.quantiles = quantiles;
  return fit(sequence(dense(16, tanh), dense(3)), train.examples(), validation.examples(), options, report);
}

void expect_that_they_hold(const Model& model) {
  const Noisy fresh = noisy(10'000, 9);
  const std::vector<float> predictions = model.predict(fresh.inputs);
  const QuantileMeasures m = measure_quantiles(predictions, fresh.values, quantiles);
  // Three standard errors: of 1,000 rows that shift them, and of 10,000 that are counted.
  EXPECT_NEAR(m.of[0].below, 0.05, 0.023);
  EXPECT_NEAR(m.of[1].below, 0.5, 0.05);
  EXPECT_NEAR(m.of[2].below, 0.95, 0.023);
  EXPECT_NEAR(m.coverage, 0.9, 0.03);
  double width[2] = {0, 0}, rows[2] = {0, 0};  // where the noise is small, and where it is large
  for (std::size_t r = 0; r < fresh.values.size(); ++r) {
    const float* row = &predictions[3 * r];
    ASSERT_LE(row[0], row[1]);
    ASSERT_LE(row[1], row[2]);
    const float x = std::abs(fresh.inputs[r]);
    if (x > 0.5f && x < 1.5f) continue;
    width[x > 1] += static_cast<double>(row[2] - row[0]);
    ++rows[x > 1];
  }
  EXPECT_GT(width[1] / rows[1], 2 * width[0] / rows[0]);
}

TEST(Quantiles, HoldOnNewRows) {
  expect_that_they_hold(learn(noisy(1000, 1), noisy(1000, 2), 1));
  FitReport report;
  const Noisy train = noisy(1000, 1);
  expect_that_they_hold(learn(train, noisy(0, 2), 4, &report));
  const QuantileMeasures held_back = measure_quantiles(report.held_back, train.values, quantiles);
  EXPECT_NEAR(held_back.of[0].below, 0.05, 0.002);  // by construction
  EXPECT_NEAR(held_back.of[2].below, 0.95, 0.002);
}

TEST(Quantiles, StandInTheFile) {
  const Noisy train = noisy(200, 1);
  const Model model = learn(train, noisy(100, 2), 1);
  EXPECT_THAT(model.info().targets, ElementsAre("y", "y", "y"));
  const std::string path = testing::TempDir() + "quantiles.onnx";
  model.save(path);
  const Model loaded = Model::load(path);
  EXPECT_EQ(loaded.info().quantiles, quantiles);
  EXPECT_EQ(loaded.predict(train.inputs), model.predict(train.inputs));
  std::remove(path.c_str());
}

TEST(Quantiles, RefuseWhatMakesNoSense) {
  const Noisy train = noisy(50, 1);
  const auto why = [&](std::vector<double> wanted) {
    FitOptions options{.epochs = 1};
    options.info.quantiles = std::move(wanted);
    try {
      fit(sequence(dense(3)), train.examples(), {}, options);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(why({0.1, 0.2}), "[fit] 2 quantiles for 3 targets");
  for (const auto& wrong : {std::vector{0.5, 0.1, 0.9}, std::vector{0.1, 0.5, 1.0}, std::vector{0.1, 0.1, 0.9}}) {
    EXPECT_THAT(why(wrong), HasSubstr("ascending quantiles between 0 and 1"));
  }
}

// Nine residuals of 1 to 9: the quantile q is the one of rank 10 q, rounded away from the middle.
TEST(ConformalShifts, HaveTheRankOfTheTheorem) {
  const std::vector<double> values = {4, 9, 2, 7, 5, 1, 8, 3, 6};
  const std::vector<float> predictions(9, 0.0f);
  const auto shift = [&](double quantile, std::vector<float> weights = {}) {
    return conformal_shifts(predictions, {.inputs = {}, .values = values, .weights = weights},
                            std::vector{quantile})[0];
  };
  EXPECT_EQ(shift(0.5), 5);
  EXPECT_EQ(shift(0.9), 9);
  EXPECT_EQ(shift(0.61), 7);
  EXPECT_EQ(shift(0.39), 3);
  EXPECT_EQ(shift(0.1), 1);
  EXPECT_EQ(shift(0.01), 1);   // too few rows for it: the least
  EXPECT_EQ(shift(0.999), 9);  // and the largest
  EXPECT_EQ(shift(0.5, std::vector<float>(9, 2.5f)), 5);
  EXPECT_EQ(shift(0.5, {0, 1, 0, 1, 0, 0, 1, 0, 0}), 8);  // of 7, 8 and 9
}

// The upper ones are raised and the lower ones lowered, in the graph as in memory.
TEST(Calibrate, BringsCrossedQuantilesInOrder) {
  const std::vector<double> wanted = {0.05, 0.1, 0.9, 0.95};
  const std::vector<float> shifts = {0, 1, 0, -1};
  std::vector<float> rows = {3, 2, 1, 0, 1, 1, 3, 5};
  const Tensor before = Tensor::from<float>({2, 4}, std::span<const float>(rows));
  calibrate(rows, shifts, wanted);
  EXPECT_THAT(rows, ElementsAre(1, 1, 1, 1, 1, 2, 3, 4));
  Graph graph;
  const Value x = graph.input({2, 4});
  Compiled compiled = compile(calibrate(x, shifts, wanted));
  compiled.run({before});
  const TensorView after = compiled.output();
  EXPECT_TRUE(std::ranges::equal(after.as<float>(), rows));
}

TEST(QuantileMeasures, FollowTheirFormulas) {
  const std::vector<float> predictions = {0, 1, 2, 0, 2, 4};
  const QuantileMeasures m = measure_quantiles(predictions, std::vector<double>{2, 5}, std::vector{0.25, 0.5, 0.75});
  EXPECT_DOUBLE_EQ(m.of[2].below, 0.5);
  EXPECT_DOUBLE_EQ(m.of[0].pinball, 0.25 * (2 + 5) / 2);
  EXPECT_DOUBLE_EQ(m.coverage, 0.5);
  EXPECT_DOUBLE_EQ(m.nominal_coverage, 0.5);
  EXPECT_DOUBLE_EQ(m.interval_width, 3);
  EXPECT_DOUBLE_EQ(m.middle.mae, 2);
  EXPECT_DOUBLE_EQ(m.loss, (m.of[0].pinball + m.of[1].pinball + m.of[2].pinball) / 3);
  EXPECT_EQ(middle_quantile(std::vector{0.1, 0.4, 0.6}), 1u);
  EXPECT_THROW(measure_quantiles(predictions, std::vector<double>{2}, std::vector{0.25, 0.5, 0.75}), Error);
}

}  // namespace
}  // namespace backprop
