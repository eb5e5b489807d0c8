#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "run_program.hpp"

namespace backprop::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

std::string waves() {
  std::string text = "a,b,y\n";
  for (int r = 0; r < 90; ++r) {
    const double a = 0.07 * r, b = (r * 37 % 90) / 90.0;
    text += std::to_string(a) + "," + std::to_string(b) + "," + std::to_string(std::sin(3 * a) + b) + "\n";
  }
  return text;
}

constexpr const char* search =
    "tune waves.csv --target y --trials 8 --epochs 30 --members 2 --search learning-rate=0.0001..0.03 --search "
    "'hidden=8|16'";

TEST(Tune, KilledAndResumedFindsTheSameBest) {
  const Workplace place;
  place.write("waves.csv", waves());
  const Ran whole = place.run(std::string(search) + " --run-dir whole --json --quiet");
  ASSERT_EQ(whole.code, 0) << whole.err;
  const std::string record = place.read("whole/trials.jsonl");
  // The record of a search that was killed while it wrote a line.
  std::string cut;
  std::istringstream stream(record);
  std::string line;
  for (int i = 0; i < 5 && std::getline(stream, line); ++i) cut += line + "\n";
  ASSERT_TRUE(std::getline(stream, line));
  place.shell("mkdir resumed");
  place.write("resumed/trials.jsonl", cut + line.substr(0, line.size() / 2));
  const Ran resumed = place.run(std::string(search) + " --run-dir resumed --json");
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("going on after 4 results"));
  EXPECT_EQ(place.read("resumed/trials.jsonl"), record);
  EXPECT_EQ(json::parse(resumed.out)["best"], json::parse(whole.out)["best"]);
}

TEST(Tune, CrossValidatesWholeModelsAtTheTop) {
  const Workplace place;
  place.write("waves.csv", waves());
  ASSERT_EQ(place.run(std::string(search) + " --run-dir r --quiet").code, 0);
  std::istringstream stream(place.read("r/trials.jsonl"));
  double loss = 0;  // of the default
  for (std::string line; std::getline(stream, line);) {
    const json trial = json::parse(line);
    if (trial.value("trial", -1) == 0 && trial["rung"] == 2) loss = trial["loss"];
  }
  const Ran ran = place.run("cross-validate waves.csv --target y --epochs 30 --members 2 --json --quiet");
  ASSERT_EQ(ran.code, 0) << ran.err;
  double squares = 0;
  const json folds = json::parse(ran.out)["folds"];
  for (const json& fold : folds) squares += fold["rmse"].get<double>() * fold["rmse"].get<double>();
  ASSERT_EQ(folds.size(), 5u);
  EXPECT_NEAR(loss, squares / 5, 1e-9 * loss);
}

TEST(Tune, PrintsACommandThatCanBePasted) {
  const Workplace place;
  place.write("waves.csv", waves());
  const Ran ran = place.run(search);
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr(" train waves.csv --target y --epochs 30 --members 2"));
  EXPECT_THAT(ran.err, HasSubstr("loss by cross-validation: "));
  const Ran trained = place.shell(ran.out.substr(0, ran.out.size() - 1) + " --quiet --json");
  ASSERT_EQ(trained.code, 0) << ran.out << trained.err;
  EXPECT_LT(json::parse(trained.out)["test"]["rmse"], 1.0);
}

TEST(Tune, StopsWhenItsTimeIsOver) {
  const Workplace place;
  place.write("waves.csv", waves());
  const Ran ran = place.run(std::string(search) + " --trials 100000 --max-time 0.5s --json");
  EXPECT_EQ(ran.code, 2);  // --trials twice
  const Ran timed =
      place.run("tune waves.csv --target y --epochs 20 --members 2 --trials 100000 --max-time 0.5s --json");
  ASSERT_EQ(timed.code, 0) << timed.err;
  EXPECT_TRUE(json::parse(timed.out)["out_of_time"]);
}

TEST(Tune, RefusesAnotherSearchInTheSameFolder) {
  const Workplace place;
  place.write("waves.csv", waves());
  ASSERT_EQ(place.run(std::string(search) + " --run-dir r --quiet").code, 0);
  const Ran ran = place.run("tune waves.csv --target a --trials 8 --run-dir r");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("r/trials.jsonl: holds another search"));
}

TEST(Tune, RefusesWhatTrainWouldRefuse) {
  const Workplace place;
  place.write("waves.csv", waves());
  const auto refused = [&](const std::string& flags, const std::string& why) {
    const Ran ran = place.run("tune waves.csv --target y " + flags);
    EXPECT_EQ(ran.code, 2) << flags;
    EXPECT_THAT(ran.err, StartsWith("error: "));
    EXPECT_THAT(ran.err, HasSubstr(why));
  };
  refused("--search 'hidden=64|abc'", "--hidden abc");
  refused("--search 'colour=red|blue'", "colour");
  refused("--search learning-rate", "NAME=A|B|C");
  refused("--max-time soon", "--max-time soon: a time is needed, such as 90s, 10m, 1h30m or 2d");
  refused("--trials 0", "--trials");
}

}  // namespace
}  // namespace backprop::cli
