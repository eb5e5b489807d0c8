// PyTorch's optimiser trajectories: 1,001 float64 steps of a 2-3-1 network, to each case's own tolerance, and the near
// misses that a test at this tolerance must reject.
#include <gtest/gtest.h>

#include <cmath>

#include "backprop/compile.hpp"
#include "backprop/network.hpp"
#include "backprop/operations.hpp"
#include "backprop/optimisers.hpp"
#include "tests/support/shared.hpp"

namespace backprop {
namespace {

using nlohmann::json;
using Doubles = std::vector<double>;

// The network's parameters in the order of the tables: W1[unit][input], b1, W2, b2.
struct Layout {
  const char* state;
  std::size_t index;
};
std::vector<Layout> layout() {
  std::vector<Layout> order;
  for (std::size_t unit = 0; unit < 3; ++unit) {
    for (std::size_t input = 0; input < 2; ++input) order.push_back({"dense_1.weight", input * 3 + unit});
  }
  for (std::size_t unit = 0; unit < 3; ++unit) order.push_back({"dense_1.bias", unit});
  for (std::size_t unit = 0; unit < 3; ++unit) order.push_back({"dense_2.weight", unit});
  order.push_back({"dense_2.bias", 0});
  return order;
}

Doubles start_of(const json& oracle) {
  Doubles numbers;
  const json& start = oracle["start"];
  for (const json& row : start["W1"]) numbers.insert(numbers.end(), row.begin(), row.end());
  numbers.insert(numbers.end(), start["b1"].begin(), start["b1"].end());
  numbers.insert(numbers.end(), start["W2"].begin(), start["W2"].end());
  numbers.push_back(start["b2"]);
  return numbers;
}

struct Recipe {
  Optimiser optimiser;
  TrainOptions options = {};
};

// The largest difference from the case's table over its 11 rows.
double distance(const json& oracle, const json& expected, const Recipe& recipe) {
  Graph g;
  const Value x = g.input({named("B"), 2}, float64);
  const Network net = sequence(dense(3, sigmoid), dense(1, sigmoid));
  Compiled step = compile(train_step(sum(net(x)), recipe.optimiser, recipe.options));
  const std::vector<Layout> order = layout();
  const Doubles start = start_of(oracle);
  for (std::size_t k = 0; k < order.size(); ++k) {
    step.states()[order[k].state].as<double>()[order[k].index] = start[k];
  }
  Doubles inputs;
  for (const json& row : oracle["setup"]["inputs"]) inputs.insert(inputs.end(), row.begin(), row.end());
  const Tensor batch = Tensor::from<double>({3, 2}, inputs);
  double largest = 0;
  for (int i = 0; i <= 1000; ++i) {
    step.run({batch});
    if (i == 0) {
      EXPECT_NEAR(step.scalar(), oracle["start"]["loss"].get<double>(), 1e-15);
    }
    if (i % 100 != 0) continue;
    const json& row = expected["parameters"][static_cast<std::size_t>(i / 100)];
    for (std::size_t k = 0; k < order.size(); ++k) {
      const double found = step.states()[order[k].state].as<double>()[order[k].index];
      largest = std::max(largest, std::fabs(found - row[k].get<double>()));
    }
  }
  return largest;
}

Recipe recipe_of(const json& c) {
  const json& o = c["options"];
  const std::string optimizer = c["optimizer"];
  const double lr = o["lr"];
  const TrainOptions l2 = {.weight_decay = o["weight_decay"]};
  if (optimizer == "Adam") {
    const Adam adam_options{lr, o["beta1"], o["beta2"], o["eps"],
                            c["epsilon"] == "after" ? EpsilonPlace::after : EpsilonPlace::before};
    return {o["amsgrad"] ? amsgrad(adam_options) : adam(adam_options), l2};
  }
  if (optimizer == "AdamW") {
    return {adamw({lr, o["beta1"], o["beta2"], o["eps"], o["weight_decay"], o["amsgrad"]})};
  }
  if (optimizer == "Adagrad") {
    TrainOptions options = l2;
    options.schedule = schedule::inverse_time(o["lr_decay"]);
    return {adagrad({lr, o["initial_accumulator"], o["eps"]}), options};
  }
  if (optimizer == "RMSprop") return {rmsprop({lr, o["alpha"], o["momentum"], o["eps"], o["centered"]}), l2};
  return {momentum({lr, o["momentum"], o["nesterov"]}), l2};
}

TEST(PyTorchOptimisers, TrajectoriesOf1001Steps) {
  const json oracle = oracle_json("optimizers.json");
  if (oracle.is_null()) GTEST_SKIP() << no_shared_data;
  int followed = 0, of_solvers = 0;
  for (const json& c : oracle["cases"]) {
    if (c["optimizer"] == "LBFGS") {  // a driver over loss and gradient: lbfgs_test.cpp follows it
      ++of_solvers;
      continue;
    }
    ++followed;
    EXPECT_LE(distance(oracle, c, recipe_of(c)), c["tolerance"].get<double>()) << c["name"];
  }
  EXPECT_EQ(followed, 23);
  EXPECT_EQ(of_solvers, 2);
}

// Adam's moments, for the wrong rules below.
struct Moments {
  Value m, v, c1, c2;
};
Moments moments(ParameterUpdate& u) {
  const Value m = u.moment("m"), v = u.moment("v");
  const auto correction = [&](double beta) { return u.scalar(1.0 - power(scalar_like(u.count, beta), u.count)); };
  return {u.set(m, 0.9 * m + 0.1 * u.gradient), u.set(v, 0.999 * v + 0.001 * square(u.gradient)), correction(0.9),
          correction(0.999)};
}
Value rate(const ParameterUpdate& u) { return u.scalar(u.learning_rate); }

Value without_correction(ParameterUpdate& u) {
  const Moments a = moments(u);
  return u.parameter - rate(u) * a.m / (sqrt(a.v) + 1e-8);
}
Value inside_the_root(ParameterUpdate& u) {
  const Moments a = moments(u);
  return u.parameter - rate(u) * (a.m / a.c1) / sqrt(a.v / a.c2 + 1e-8);
}
Value corrected_maximum(ParameterUpdate& u) {
  const Moments a = moments(u);
  const Value largest = u.moment("largest");
  return u.parameter - rate(u) * (a.m / a.c1) / (sqrt(u.set(largest, maximum(largest, a.v / a.c2))) + 1e-8);
}
// b := mu b + (1 - mu) x
Value averaged(ParameterUpdate& u, Value x) {
  const Value b = u.moment("b");
  return u.parameter - rate(u) * u.set(b, 0.9 * b + 0.1 * x);
}
Value averaged_momentum(ParameterUpdate& u) { return averaged(u, u.gradient); }
Value averaged_rmsprop(ParameterUpdate& u) {
  const Value v = u.moment("v");
  return averaged(u, u.gradient / (sqrt(u.set(v, 0.99 * v + 0.01 * square(u.gradient))) + 1e-8));
}

TEST(PyTorchOptimisers, NearMissesAreRejected) {
  const json oracle = oracle_json("optimizers.json");
  if (oracle.is_null()) GTEST_SKIP() << no_shared_data;
  const auto inside = EpsilonRoot::inside;
  const std::vector<Recipe> wrong = {
      {adam({.learning_rate = 1, .epsilon_place = EpsilonPlace::before})},
      {{"epsilon inside", 1, inside_the_root}},
      {{"no correction", 1, without_correction}},
      {adam({.learning_rate = 1}), {.decoupled_weight_decay = 0.01}},
      {{"corrected maximum", 1, corrected_maximum}, {.weight_decay = 1e-6}},
      {adam({.learning_rate = 1}), {.weight_decay = 0.01}},
      {adagrad({.learning_rate = 1, .epsilon_root = inside})},
      {adagrad({.learning_rate = 1}),
       {.schedule = [](Value t) { return 1.0 / (1.0 + 1e-3 * (t + 1.0)); }, .weight_decay = 1e-6}},
      {rmsprop({.learning_rate = 0.1, .epsilon_root = inside})},
      {{"averaged", 0.1, averaged_rmsprop}, {.weight_decay = 1e-6}},
      {{"averaged", 0.1, averaged_momentum}, {.weight_decay = 0.01}},
      {momentum({.learning_rate = 0.1}), {.weight_decay = 1e-6}}};
  const json& misses = oracle["near_misses"]["list"];
  ASSERT_EQ(misses.size(), wrong.size());
  for (std::size_t k = 0; k < wrong.size(); ++k) {
    const json& miss = misses[k];
    for (const json& c : oracle["cases"]) {
      if (c["name"] != miss["case"]) continue;
      const double found = distance(oracle, c, wrong[k]);
      EXPECT_GT(found, 1000 * c["tolerance"].get<double>()) << miss["mistake"];
      // The same mistake as the one listed: its distance, printed with two digits.
      EXPECT_NEAR(found / miss["distance"].get<double>(), 1, 0.06) << miss["case"] << ": " << miss["mistake"];
    }
  }
}

}  // namespace
}  // namespace backprop
