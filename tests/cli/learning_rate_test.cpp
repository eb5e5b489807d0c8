// --learning-rate auto: a trial finds the rate, and the run can be repeated and looked at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "run_program.hpp"

namespace backprop::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(LearningRateAuto, FindsARateThatLearns) {
  const Workplace place;
  for (const char* optimizer : {"adam", "sgd", "rmsprop"}) {
    const std::string command = "train " + iris() + " --target species --epochs 200 --learning-rate auto --optimizer " +
                                optimizer + " --overwrite --run-dir r --json";
    const Ran ran = place.run(command);
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(": a tenth of that at which the loss was least in a trial of "));
    EXPECT_GT(json::parse(ran.out)["validation"]["accuracy"], 0.93) << optimizer << ": " << ran.err;
  }
  EXPECT_THAT(place.read("r/config.toml"), HasSubstr("learning-rate = 0."));
  const json trials = json::parse(place.read("r/run.json"))["rate_trials"];
  ASSERT_GT(trials.size(), 50u);
  EXPECT_GT(trials[50][0], trials[0][0]);
  ASSERT_EQ(place.run("train --config r/config.toml --run-dir again --quiet").code, 0);
  EXPECT_EQ(place.read("again/model.onnx"), place.read("r/model.onnx"));
}

TEST(LearningRateAuto, BearsBatchesOfOneRowAndRefusesWhatHasNoRate) {
  const Workplace place;
  const std::string command = "train " + iris() + " --target petal_width --learning-rate auto --epochs 2 --overwrite ";
  const Ran ran = place.run(command + "--batch-size 1 --run-dir r");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_GT(json::parse(place.read("r/run.json"))["rate_trials"].size(), 30u);
  for (const char* optimizer : {"rprop", "adafactor"}) {
    const Ran refused = place.run(command + "--optimizer " + optimizer);
    EXPECT_EQ(refused.code, 2);
    EXPECT_EQ(refused.err, "error: --learning-rate auto: " + std::string(optimizer) + " finds its steps by itself\n");
  }
}

TEST(LearningRateAuto, IsFoundInEachFold) {
  const Workplace place;
  const Ran ran = place.run("cross-validate " + iris() +
                            " --target species --learning-rate auto --folds 3 --epochs 50 --members 1 --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_GT(json::parse(ran.out)["mean"]["accuracy"], 0.9);
}

}  // namespace
}  // namespace backprop::cli
