// --quantiles from the command line to the predictions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "run_program.hpp"

namespace backprop::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string waves(int rows, int shift) {
  std::string text = "x,y\n";
  for (int k = 0; k < rows; ++k) {
    const double x = 6.0 * ((k * 7919 + shift) % rows) / rows, noise = (k * 104729 + shift) % 1000 / 1000.0 - 0.5;
    text += std::to_string(x) + "," + std::to_string(std::sin(x) + noise) + "\n";
  }
  return text;
}

TEST(QuantilesFlag, GivesColumnsThatCover) {
  const Workplace place;
  place.write("t.csv", waves(1000, 0));
  place.write("new.csv", waves(997, 31));
  const Ran ran = place.run("train t.csv --target y --quantiles 0.05,0.5,0.95 --epochs 60 --run-dir r --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("target 'y': its quantiles 0.05, 0.5, 0.95\n"));
  const json test = json::parse(ran.out)["test"];
  EXPECT_EQ(test["quantiles"].size(), 3u);
  EXPECT_NEAR(test["coverage"], 0.9, 0.08);
  EXPECT_NEAR(test["nominal_coverage"], 0.9, 1e-12);

  const json evaluated = json::parse(place.run("evaluate r/model.onnx new.csv --json").out);
  EXPECT_NEAR(evaluated["coverage"], 0.9, 0.04);
  EXPECT_NEAR(evaluated["interval_width"], 0.9, 0.15);
  EXPECT_THAT(place.run("evaluate r/model.onnx new.csv").out, HasSubstr("(wanted 0.9)"));

  const Ran predicted = place.run("predict r/model.onnx new.csv");
  EXPECT_EQ(predicted.out.substr(0, predicted.out.find('\n')), "prediction,quantile_0.05,quantile_0.5,quantile_0.95");
  const std::string row = predicted.out.substr(predicted.out.find('\n') + 1);
  EXPECT_EQ(std::stof(row), std::stof(row.substr(row.find(',', row.find(',') + 1) + 1)));  // the median

  EXPECT_THAT(place.run("inspect r/model.onnx").out, HasSubstr("quantiles   0.05 0.5 0.95\n"));
  ASSERT_EQ(place.run("train --config r/config.toml --run-dir again --quiet").code, 0);
  EXPECT_EQ(place.read("again/model.onnx"), place.read("r/model.onnx"));
  EXPECT_EQ(place.run("cross-validate t.csv --target y --quantiles 0.1,0.9 --epochs 3 --folds 3 --quiet").code, 0);
}

TEST(QuantilesFlag, RefusesWhatMakesNoSense) {
  const Workplace place;
  place.write("t.csv", waves(100, 0));
  for (const char* wrong : {"0.5,0.1", "0.5,0.5", "0,0.5", "0.5,1", "half", "0.1,,0.9", "0.5,"}) {
    const Ran ran = place.run("train t.csv --target y --quantiles " + std::string(wrong));
    EXPECT_EQ(ran.code, 2) << wrong;
    EXPECT_EQ(ran.err, "error: --quantiles " + std::string(wrong) +
                           ": up to 100 ascending numbers between 0 and 1 are needed, with commas between them\n");
  }
  EXPECT_EQ(place.run("train t.csv --target y,x --quantiles 0.1,0.9").code, 2);
  EXPECT_EQ(place.run("train " + iris() + " --target species --quantiles 0.1,0.9").code, 3);
  EXPECT_EQ(place.run("train t.csv --target y --quantiles 0.1,0.9 --task classification").code, 2);
}

}  // namespace
}  // namespace backprop::cli
