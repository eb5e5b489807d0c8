// Levenberg-Marquardt with Bayesian regularisation on small tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "backprop/backprop.hpp"
#include "base/philox.hpp"
#include "train/bayesian_least_squares.hpp"

namespace backprop::test {
namespace {

struct Waves {
  std::vector<float> x;
  std::vector<double> y;
  Examples view() const { return {.inputs = x, .values = y}; }
};

// sin(3 a) b with noise, of 60 rows.
Waves waves(std::size_t rows, double noise, std::uint64_t seed = 1) {
  Waves all;
  const RandomStream stream(seed, 0, stream_of("waves"));
  for (std::size_t r = 0; r < rows; ++r) {
    const double a = 2 * stream.uniform(3 * r) - 1, b = 2 * stream.uniform(3 * r + 1) - 1;
    all.x.insert(all.x.end(), {static_cast<float>(a), static_cast<float>(b)});
    all.y.push_back(100 + 10 * std::sin(3 * a) * b + noise * (2 * stream.uniform(3 * r + 2) - 1));
  }
  return all;
}

Network small_network() {
  DenseOptions spread;
  spread.bias = initialiser::normal(0, 0.5);
  return sequence(dense(6, tanh, spread), dense(6, tanh, spread), dense(1));
}

double error_of(const Model& model, const Waves& rows) {
  const std::vector<float> predicted = model.predict(rows.x);
  double sum = 0;
  for (std::size_t r = 0; r < rows.y.size(); ++r) sum += std::pow(static_cast<double>(predicted[r]) - rows.y[r], 2);
  return std::sqrt(sum / static_cast<double>(rows.y.size()));
}

TEST(FitLeastSquares, LearnsWhatItHasNotSeen) {
  const Waves train = waves(120, 0), test = waves(200, 0, 2);
  FitReport report;
  std::vector<Epoch> epochs;
  FitOptions options{.members = 5, .seed = 3, .on_epoch = [&](const Epoch& e) { epochs.push_back(e); }};
  const Model model = fit_least_squares(small_network(), train.view(), options, &report);
  EXPECT_LT(error_of(model, test), 0.15);  // of a deviation of about 4
  ASSERT_EQ(report.held_back.size(), train.y.size());
  double sum = 0;
  for (std::size_t r = 0; r < train.y.size(); ++r) sum += std::pow(report.held_back[r] - train.y[r], 2);
  EXPECT_LT(std::sqrt(sum / static_cast<double>(train.y.size())), 0.5);
  EXPECT_EQ(epochs.size(), static_cast<std::size_t>(report.epochs));
  EXPECT_EQ(report.steps, static_cast<std::uint64_t>(report.epochs + report.best));  // and on all rows
  EXPECT_EQ(epochs.back().best, report.best);
  EXPECT_GT(report.step.flops, 0);
}

// As many weights as rows, and noise: the evidence keeps them small.
TEST(FitLeastSquares, DoesNotLearnTheNoiseByHeart) {
  const Waves train = waves(70, 3), test = waves(300, 0, 2);
  const FitOptions options{.members = 1, .seed = 1};
  const Model model = fit_least_squares(small_network(), train.view(), options);
  EXPECT_GT(error_of(model, train), 1.1);  // the noise deviates by 1.7
  EXPECT_LT(error_of(model, test), 1.4);
}

TEST(FitLeastSquares, GivesTheSameBitsOnAnyThreads) {
  const Waves train = waves(50, 1);
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 3, 7}) {
    FitOptions options{.epochs = 8, .members = 3, .seed = 2};
    options.device = std::make_shared<Device>(DeviceOptions{.threads = threads});
    results.push_back(fit_least_squares(small_network(), train.view(), options).predict(train.x));
  }
  for (const std::vector<float>& result : results) EXPECT_EQ(result, results[0]);
}

TEST(FitLeastSquares, StopsWhenTold) {
  const Waves train = waves(50, 1);
  for (const std::uint64_t steps : {1, 4}) {
    FitReport report;
    const FitOptions limited{.members = 3, .max_steps = steps};
    const Model model = fit_least_squares(small_network(), train.view(), limited, &report);
    EXPECT_EQ(report.steps, steps);
    EXPECT_TRUE(std::isfinite(error_of(model, train)));
  }
  FitReport report;
  const FitOptions stopped{.members = 3, .stop = [] { return true; }};
  fit_least_squares(small_network(), train.view(), stopped, &report);
  EXPECT_TRUE(report.stopped);
  EXPECT_EQ(report.steps, 0u);
  EXPECT_THAT(report.held_back, testing::Each(testing::FloatNear(100, 60)));  // of the start, in the targets' units
}

// Of each layer, beside reverse mode on the mean squared error of the same network with the same weights.
TEST(FitLeastSquares, TellsTheNormOfTheGradient) {
  Tensor x(float64, {7, 2}), t(float64, {7, 1});
  for (std::size_t i = 0; i < 14; ++i) x.as<double>()[i] = std::sin(static_cast<double>(i * i));
  for (std::size_t i = 0; i < 7; ++i) t.as<double>()[i] = std::cos(static_cast<double>(i));
  const Network network("member_1", {dense(3, tanh), dense(1)});
  BayesianLeastSquares trained(network, x, t, 5);
  trained.step();
  const std::vector<LayerNorm> norms = trained.gradient_norms();
  ASSERT_EQ(norms.size(), 2u);

  Graph g;
  const Value inputs = g.input({7, 2}, float64), values = g.input({7, 1}, float64);
  const Value loss = mean(square(network(inputs) - values));
  for (const LayerNorm& layer : norms) {
    const std::string prefix = "member_1." + layer.layer + ".";
    std::vector<Value> parameters;
    for (const StateSpec& spec : g.states()) {
      if (spec.name.starts_with(prefix)) parameters.push_back(g.state(spec));
    }
    ASSERT_EQ(parameters.size(), 2u);
    const std::vector<Value> gradients = gradient(loss, parameters);
    Compiled norm = compile(sum(square(gradients[0])) + sum(square(gradients[1])),
                            {.store = std::make_shared<StateStore>(std::uint64_t{5})});
    norm.run({x, t});
    EXPECT_NEAR(layer.norm, std::sqrt(norm.scalar()), 1e-12) << layer.layer;
  }
}

TEST(FitLeastSquares, RefusesWhatItCannotLearn) {
  Waves train = waves(20, 0);
  const std::vector<std::int64_t> labels(20, 0);
  const std::vector<float> weights(20, 1);
  const auto refuses = [](const Network& network, const Examples& examples, FitOptions options = {}) {
    EXPECT_THROW(fit_least_squares(network, examples, options), Error);
  };
  refuses(small_network(), {.inputs = train.x, .labels = labels});
  refuses(small_network(), {.inputs = train.x, .values = train.y, .weights = weights});
  refuses(sequence(dense(2)), {.inputs = train.x, .values = train.y, .targets = 2});
  refuses(small_network(), train.view(), {.info = {.targets = {"y"}, .quantiles = {0.5}}});
  refuses(sequence(dense(3, tanh), dense(2)), train.view());  // read behind the end of the targets: tsan
}

}  // namespace
}  // namespace backprop::test
