// Tables larger than memory: `train --memory`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "run_program.hpp"

namespace backprop::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Numbers, a category, a date and a truth, some of them missing, with a class and a number to predict.
std::string table(int rows) {
  std::string text = "day,flag,colour,x1,x2,x3,class,value\n";
  std::uint32_t state = 1;
  const auto uniform = [&] {
    state = state * 1664525u + 1013904223u;
    return static_cast<double>(state >> 8) / (1 << 24);
  };
  const char* const colours[] = {"red", "green", "blue", "\"a, b\"", ""};
  for (int r = 0; r < rows; ++r) {
    const double a = uniform() - 0.5, b = uniform() - 0.5, c = uniform() - 0.5;
    const auto colour = static_cast<std::size_t>(uniform() * 5);
    const double y = 4 * a * b + c + 0.2 * static_cast<double>(colour) + 0.1 * uniform();
    char line[200];
    std::snprintf(line, sizeof line, "20%02d-%02d-%02d,%s,%s,%.5f,%s,%.5f,%s,%.5f\n", 10 + r % 14, 1 + r % 12,
                  1 + r % 28, r % 3 == 0 ? "yes" : "no", colours[colour], a,
                  r % 50 == 7 ? "NA" : std::to_string(b).c_str(), c,
                  y > 0.6   ? "high"
                  : y > 0.2 ? "middle"
                            : "low",
                  y);
    text += line;
  }
  return text;
}

std::string model_of(const Workplace& place, const std::string& arguments, const std::string& run) {
  const Ran ran = place.run("train " + arguments + " --quiet --run-dir " + run);
  EXPECT_EQ(ran.code, 0) << arguments << ": " << ran.err;
  return place.read(run + "/model.onnx");
}

TEST(Memory, GivesTheModelOfATableInMemoryToTheBit) {
  const Workplace place;
  place.write("t.csv", table(5000));
  int run = 0;
  for (const std::string& flags :
       {std::string("--target class --ignore value"), std::string("--target value --ignore class"),
        std::string("--target value --ignore class --members 1"),
        std::string("--target class --ignore value --validation 0.1 --class-weights balanced"),
        std::string("--target value --ignore class --quantiles 0.1,0.9")}) {
    const std::string both = "t.csv --epochs 3 --hidden 8 " + flags;
    const std::string name = std::to_string(++run);
    const std::string expected = model_of(place, both, "memory-" + name);
    EXPECT_EQ(model_of(place, both + " --memory 64M", "disk-" + name), expected) << flags;
  }
}

}  // namespace
}  // namespace backprop::cli
