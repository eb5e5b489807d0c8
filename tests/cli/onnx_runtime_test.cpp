// A model that the program wrote is served by ONNX Runtime with the program's own answers.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "run_program.hpp"
#include "tests/support/shared.hpp"

namespace backprop::cli {
namespace {

std::string python() {
  if (const char* given = std::getenv("BACKPROP_PYTHON"); given && *given) return given;
  const std::filesystem::path made = std::filesystem::path(BACKPROP_SOURCE_DIR) / "build/python";
  return std::filesystem::exists(made / "complete") ? (made / "bin/python").string() : "";
}

void compare(const std::string& table, const std::string& flags) {
  const Workplace place;
  ASSERT_EQ(place.run("train '" + table + "' --run-dir r --quiet --epochs 20 " + flags).code, 0);
  ASSERT_EQ(place.run("predict r/model.onnx '" + table + "' >predictions.csv").code, 0);
  const Ran ran =
      place.shell(python() + " " BACKPROP_SOURCE_DIR "/tests/cli/predict_with_onnx_runtime.py r/model.onnx '" + table +
                  "' predictions.csv");
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
}

TEST(OnnxRuntime, ServesClasses) {
  if (python().empty()) GTEST_SKIP() << "no Python with onnx and onnxruntime: tools/python_environment.sh makes one";
  compare(iris(), "--target species");
  compare(iris(), "--target species --activation gelu --hidden 8 --optimizer momentum");
}

TEST(OnnxRuntime, ServesNumbers) {
  if (python().empty()) GTEST_SKIP() << "no Python with onnx and onnxruntime: tools/python_environment.sh makes one";
  compare(iris(), "--target petal_width --task regression --hidden none");
}

TEST(OnnxRuntime, ServesTablesOfOtherPeople) {
  if (python().empty()) GTEST_SKIP() << "no Python with onnx and onnxruntime: tools/python_environment.sh makes one";
  if (!std::filesystem::exists(shared_file("data"))) GTEST_SKIP() << no_shared_data;
  for (const char* table : {"wine/wine.csv", "digits/digits.csv", "diabetes/diabetes.csv"}) {
    compare(shared_file("data/" + std::string(table)).string(), "--target last");
  }
}

}  // namespace
}  // namespace backprop::cli
