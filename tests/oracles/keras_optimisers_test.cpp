// Keras' golden optimiser steps: 12 optimisers, five states of a 10-vector and one single step each, against the exact
// float64 run of the same rule at 1e-12.
#include <gtest/gtest.h>

#include <cmath>

#include "backprop/compile.hpp"
#include "backprop/operations.hpp"
#include "backprop/optimisers.hpp"
#include "tests/support/shared.hpp"

namespace backprop {
namespace {

using nlohmann::json;
using Doubles = std::vector<double>;

Doubles flat(const json& numbers) {
  Doubles result;
  for (const json& x : numbers) {
    const Doubles part = x.is_array() ? flat(x) : Doubles{x.get<double>()};
    result.insert(result.end(), part.begin(), part.end());
  }
  return result;
}

Optimiser optimiser_of(const std::string& name, const json& o) {
  const double lr = o["learning_rate"];
  const auto before = EpsilonPlace::before;
  const auto inside = EpsilonRoot::inside;
  if (name == "sgd") return momentum({lr, o["momentum"], o["nesterov"]});
  if (name == "adam") {
    const Adam a{lr, o["beta_1"], o["beta_2"], o["epsilon"], before};
    return o["amsgrad"] ? amsgrad(a) : adam(a);
  }
  if (name == "adamw") {
    return adamw({lr, o["beta_1"], o["beta_2"], o["epsilon"], o["weight_decay"], o["amsgrad"], before});
  }
  if (name == "adamax") return adamax({lr, o["beta_1"], o["beta_2"], o["epsilon"]});
  if (name == "nadam") return nadam({lr, o["beta_1"], o["beta_2"], o["epsilon"], 1});
  if (name == "adagrad") return adagrad({lr, o["initial_accumulator_value"], o["epsilon"], inside});
  if (name == "adadelta") return adadelta({lr, o["rho"], o["epsilon"]});
  if (name == "adafactor") {
    return adafactor({lr, o["beta_2_decay"], o["epsilon_1"], o["epsilon_2"], o["clip_threshold"]});
  }
  if (name == "rmsprop") return rmsprop({lr, o["rho"], o["momentum"], o["epsilon"], o["centered"], inside});
  if (name == "ftrl") {
    return ftrl({lr, o["learning_rate_power"], o["initial_accumulator_value"], o["l1_regularization_strength"],
                 o["l2_regularization_strength"], o["l2_shrinkage_regularization_strength"], o["beta"]});
  }
  if (name == "lion") return lion({lr, o["beta_1"], o["beta_2"]});
  if (name == "lamb") return lamb({lr, o["beta_1"], o["beta_2"], o["epsilon"]});
  throw Error("the file has an optimiser that the test does not know: " + name);
}

// Steps whose gradient is given: the loss is sum_k p_k g_k.
class Driven {
 public:
  Driven(const Optimiser& optimiser, const Extents& extents, const Doubles& start) : extents_(extents) {
    Graph g;
    const Value p = g.parameter("p", extents, initialiser::zeros(), float64);
    step_ =
        std::make_unique<Compiled>(train_step(sum(p * g.input(Shape(extents), float64)), optimiser), CompileOptions{});
    step_->states()["p"] = Tensor::from<double>(extents, start);
  }
  Doubles run(const Doubles& gradient) {
    const Tensor g = Tensor::from<double>(extents_, gradient);
    step_->run({g});
    return to_doubles(step_->states()["p"]);
  }

 private:
  Extents extents_;
  std::unique_ptr<Compiled> step_;
};

void expect_near(const Doubles& found, const Doubles& expected, double tolerance, const std::string& what) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t k = 0; k < found.size(); ++k) EXPECT_NEAR(found[k], expected[k], tolerance) << what;
}

TEST(KerasOptimisers, FiveStepsAndSingleSteps) {
  const json oracle = oracle_json("sgd_keras.json");
  if (oracle.is_null()) GTEST_SKIP() << no_shared_data;
  const json& setup = oracle["setup"];
  int count = 0;
  for (const json& c : oracle["optimizers"]) {
    const std::string name = c["name"];
    Driven steps(optimiser_of(name, c["options"]), {10}, setup["start"]);
    for (std::size_t row = 0; row < c["exact"].size(); ++row) {
      const Doubles found = steps.run(row == 0 ? setup["first_gradient"] : setup["then_gradient"]);
      expect_near(found, c["exact"][row], 1e-12, name);
      expect_near(found, c["golden"][row], 7e-4, name + ", golden");
    }
    const json& singles = c["single_step"];
    for (const json& single : singles.is_array() ? singles : json::array({singles})) {
      const bool matrix = single["start"][0].is_array();
      Driven step(optimiser_of(name, single["options"]), matrix ? Extents{2, 2} : Extents{4}, flat(single["start"]));
      expect_near(step.run(flat(single["gradient"])), flat(single["exact"]), 1e-12, name + ", single step");
    }
    ++count;
  }
  EXPECT_EQ(count, 12);
}

}  // namespace
}  // namespace backprop
