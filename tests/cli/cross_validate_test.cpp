#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "run_program.hpp"

namespace backprop::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(CrossValidate, IrisIsGoodInEveryFold) {
  const Workplace place;
  const Ran ran =
      place.run("cross-validate " + iris() + " --target species --folds 3 --repeats 2 --epochs 60 --members 2 --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("3 folds stratified by class, dealt 2 times"));
  const json result = json::parse(ran.out);
  ASSERT_EQ(result["folds"].size(), 6u);
  double sum = 0;
  for (const json& fold : result["folds"]) {
    EXPECT_EQ(fold["rows"], 50);
    EXPECT_EQ(fold["training_rows"], 100);
    EXPECT_GE(fold["accuracy"], 0.85);
    sum += fold["accuracy"].get<double>();
  }
  EXPECT_NEAR(result["mean"]["accuracy"], sum / 6, 1e-12);
  EXPECT_LT(result["standard_deviation"]["accuracy"], 0.1);
  EXPECT_FALSE(place.exists("runs"));
}

TEST(CrossValidate, SaysMeanAndSpread) {
  const Workplace place;
  const Ran ran =
      place.run("cross-validate " + iris() + " --target petal_width --task regression --folds 2 --epochs 30 --quiet");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  EXPECT_THAT(ran.out, testing::ContainsRegex("rmse: +0\\.[0-9]+, standard deviation 0?\\.?[0-9.e-]+ over 2 folds"));
}

// Rows of a group are near copies of each other with the same random label: who has seen one knows the others.
std::string copies() {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::string text = "patient,a,b,c,ill\n";
  for (int group = 0; group < 40; ++group) {
    const double a = normal(random), b = normal(random), c = normal(random);
    const char* label = random() % 2 ? "yes" : "no";
    for (int copy = 0; copy < 6; ++copy) {
      text += "p" + std::to_string(group);
      for (const double x : {a, b, c}) text += "," + std::to_string(x + 0.01 * normal(random));
      text += std::string(",") + label + "\n";
    }
  }
  return text;
}

TEST(CrossValidate, GroupsDoNotLeak) {
  const Workplace place;
  place.write("copies.csv", copies());
  const auto accuracy = [&](const std::string& flags) {
    const Ran ran =
        place.run("cross-validate copies.csv --target ill --epochs 100 --members 2 --quiet --json " + flags);
    EXPECT_EQ(ran.code, 0) << ran.err;
    return json::parse(ran.out)["mean"]["accuracy"].get<double>();
  };
  EXPECT_GT(accuracy(""), 0.8);
  EXPECT_LT(accuracy("--group patient"), 0.7);
}

// Labels that have nothing to do with 2,000 columns are predicted no better than by chance: nothing that is fitted to a
// fold's rows has seen the others.
TEST(CrossValidate, RandomLabelsScoreChance) {
  const Workplace place;
  std::mt19937 random(3);
  constexpr int rows = 200, columns = 2000;
  std::string text;
  for (int c = 0; c < columns; ++c) text += "x" + std::to_string(c) + ",";
  text += "label\n";
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) text += std::to_string(random() % 1000) + ",";
    text += (random() % 2 ? "yes\n" : "no\n");
  }
  place.write("noise.csv", text);
  const Ran ran =
      place.run("cross-validate noise.csv --target label --epochs 12 --members 2 --hidden 16 --quiet --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const double accuracy = json::parse(ran.out)["mean"]["accuracy"];
  EXPECT_NEAR(accuracy, 0.5, 2 * std::sqrt(0.25 / rows)) << ran.out;
}

TEST(CrossValidate, TimeGoesForward) {
  const Workplace place;
  std::string text = "day,x,y\n";
  for (int day = 0; day < 60; ++day) {
    text +=
        std::to_string(day) + "," + std::to_string(std::sin(day)) + "," + std::to_string(2.5 * std::sin(day)) + "\n";
  }
  place.write("days.csv", text);
  const Ran ran = place.run("cross-validate days.csv --target y --time day --folds 4 --epochs 50 --quiet --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const json folds = json::parse(ran.out)["folds"];
  for (int k = 0; k < 4; ++k) EXPECT_EQ(folds[k]["training_rows"], 12 * (k + 1));
}

TEST(CrossValidate, NestsASearchInEachFold) {
  const Workplace place;
  const Ran ran = place.run("cross-validate " + iris() +
                            " --target species --folds 2 --tune 3 --epochs 18 --members 2 --quiet --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_GE(json::parse(ran.out)["mean"]["accuracy"], 0.8);
}

TEST(CrossValidate, RefusesWhatCannotBeFollowed) {
  const Workplace place;
  const auto refused = [&](const std::string& flags, const std::string& why) {
    const Ran ran = place.run("cross-validate " + iris() + " --target species " + flags);
    EXPECT_EQ(ran.code, 2) << flags;
    EXPECT_THAT(ran.err, HasSubstr(why));
    EXPECT_EQ(ran.out, "");
  };
  refused("--folds 1", "--folds: a whole number from 2 to 1000 is needed");
  refused("--folds 151", "151 folds need at least as many rows: there are 150");
  refused("--repeats 0", "--repeats: a whole number");
  refused("--group species --time sepal_width", "only one of them");
  refused("--time sepal_width --repeats 2", "time has one order only");
}

}  // namespace
}  // namespace backprop::cli
