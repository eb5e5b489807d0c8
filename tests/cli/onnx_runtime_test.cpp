// A model that the program wrote takes raw columns, missing and unseen values too, and is served by ONNX Runtime with
// the program's own answers.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "run_program.hpp"
#include "tests/support/python.hpp"
#include "tests/support/shared.hpp"

namespace backprop::cli {
namespace {

class OnnxRuntime : public testing::Test {
 protected:
  void SetUp() override {
    if (python().empty()) GTEST_SKIP() << "no Python with onnx and onnxruntime: tools/python_environment.sh makes one";
  }

  // Trains on one table and compares the predictions for another.
  void compare(const std::string& table, const std::string& flags, std::string other = "",
               const std::string& header = "") {
    if (other.empty()) other = table;
    const Ran trained =
        place_.run("train '" + table + "' --run-dir r --overwrite --quiet --epochs 5 " + header + flags);
    ASSERT_EQ(trained.code, 0) << trained.err;
    const Ran predicted = place_.run("predict r/model.onnx '" + other + "' " + header + ">predictions.csv");
    ASSERT_EQ(predicted.code, 0) << predicted.err;
    const Ran ran =
        place_.shell(python() + " " BACKPROP_SOURCE_DIR "/tests/cli/predict_with_onnx_runtime.py r/model.onnx '" +
                     other + "' predictions.csv " + header);
    EXPECT_EQ(ran.code, 0) << table << ": " << ran.out << ran.err;
  }

  const Workplace place_;
};

// Every role, and in each a missing cell now and then.
std::string mixed(int rows, bool strange) {
  std::string text = "size,sold,colour,city,code,day,label,note,price\n";
  for (int k = 0; k < rows; ++k) {
    const auto every = [&](int n, const std::string& cell) { return k % n == n - 1 ? "" : cell; };
    const std::string s = std::to_string(k);
    text += every(7, s + ".5") + "," + every(11, k % 3 ? "yes" : "no") + ",";
    text += every(13, k % 2 ? "\"red, dark\"" : "größe") + "," + every(17, "city" + std::to_string(k * k % 37)) + ",";
    text += std::to_string(k % 3) + (strange ? ".0," : ",");
    text +=
        every(5, std::to_string(1 + k % 28) + "." + std::to_string(1 + k % 12) + ".20" + std::to_string(10 + k % 9));
    text += "," + std::to_string(k % 4) + ",free text " + s + "," + std::to_string(0.25 * k * k) + "\n";
  }
  if (strange) {  // what training never saw
    text += "?,NaN,null,NA,?,?,?,?,1\n1e9,maybe,puce,Atlantis,7,1.1.1900,-1,x,2\n-3,,,,,31.12.2399,,,3\n";
  }
  return text;
}

TEST_F(OnnxRuntime, ServesEveryRole) {
  place_.write("train.csv", mixed(400, false));
  place_.write("other.csv", mixed(100, true));
  for (const char* flags : {"--target price", "--target price --tame-tails", "--target colour --hidden 8",
                            "--target sold --activation relu", "--target size,price"}) {
    compare("train.csv", std::string(flags) + " --categorical code", "other.csv");
  }
}

TEST_F(OnnxRuntime, ServesClassesAndNumbers) {
  compare(iris(), "--target species");
  compare(iris(), "--target species --activation gelu --hidden 8 --optimizer momentum");
  compare(iris(), "--target petal_width --task regression --hidden none");
  compare(iris(), "--target petal_width --quantiles 0.1,0.5,0.9");
}

TEST_F(OnnxRuntime, ServesTablesOfOtherPeople) {
  if (!std::filesystem::exists(shared_file("data"))) GTEST_SKIP() << no_shared_data;
  for (const char* table : {"wine/wine.csv", "digits/digits.csv", "diabetes/diabetes.csv"}) {
    compare(shared_file("data/" + std::string(table)).string(), "--target last");
  }
  compare(shared_file("data/uci-regression/concrete/data.txt"), "--target last", "", "--no-header ");
  compare(shared_file("data/uci-regression/power-plant/data.txt"), "--target last", "", "--no-header ");
}

TEST_F(OnnxRuntime, ServesTitanicAndAdult) {
  if (!std::filesystem::exists(shared_file("data"))) GTEST_SKIP() << no_shared_data;
  const std::string adult = shared_file("data/adult/adult.data"), test = shared_file("data/adult/adult.test");
  compare(shared_file("data/titanic/titanic.csv"), "--target survived");
  compare(adult, "--target last", test, "--no-header ");
}

}  // namespace
}  // namespace backprop::cli
