// How far a training is, as a line on a terminal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_program.hpp"

namespace backprop::cli {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

const std::string program = "'" BACKPROP_PROGRAM "'";

// What a person sees: a terminal of its own.
std::string shown(const Workplace& place, const std::string& arguments) {
  const Ran ran = place.shell("TERM=xterm script -qec \"" + program + " " + arguments + "\" /dev/null");
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  return ran.out;
}

TEST(TrainingProgress, SaysHowFarAndHowLong) {
  const Workplace place;
  if (place.shell("command -v script").code != 0) GTEST_SKIP() << "no script";
  std::string text = "a,b,y\n";
  for (int r = 0; r < 20'000; ++r) {
    const int a = r * 37 % 101, b = r * 53 % 103;  // a product, at which a network gets better for long
    text += std::to_string(a) + "," + std::to_string(b) + "," + std::to_string(a * b) + "\n";
  }
  place.write("t.csv", text);
  const std::string out = shown(place, "train t.csv --target y --epochs 5000 --run-dir r --max-time 4s");
  EXPECT_THAT(out, MatchesRegex("(.|\n)*epoch 1 of at most 5000 .=*> *.\r(.|\n)*"));
  EXPECT_THAT(out,
              MatchesRegex("(.|\n)* of at most 5000 .=*> *., loss [0-9.e-]*, validation [0-9.e-]*, best [0-9.e-]* in "
                           "epoch [0-9]*, at most [0-9.]* (s|min|h) left(.|\n)*"));
}

TEST(TrainingProgress, EndsWithTheLastEpochAndIsSilentElsewhere) {
  const Workplace place;
  if (place.shell("command -v script").code != 0) GTEST_SKIP() << "no script";
  const std::string flags = "train " + iris() + " --target species --epochs 3 --run-dir ";
  EXPECT_THAT(shown(place, flags + "a"), HasSubstr("epoch 3 of at most 3 [====================], loss "));
  EXPECT_THAT(shown(place, flags + "b --quiet"), Not(HasSubstr("epoch")));
  EXPECT_THAT(place.run(flags + "c").err, Not(HasSubstr("epoch 3")));
}

}  // namespace
}  // namespace backprop::cli
