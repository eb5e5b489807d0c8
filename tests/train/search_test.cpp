#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "backprop/error.hpp"
#include "train/search_space.hpp"
#include "train/successive_halving.hpp"

namespace backprop {
namespace {

// A setting's number is how far it is from the best one, number 7; the effort of a rung only blurs it.
double score_of(Trial trial) { return std::abs(trial.number - 7) + (trial.rung == 0 ? 0.4 * (trial.number % 2) : 0); }

TEST(SuccessiveHalving, FindsTheBestWithFewFullTrials) {
  SuccessiveHalving halving(40);
  int full = 0;
  while (const auto trial = halving.next()) {
    EXPECT_FALSE(halving.has(*trial));
    halving.record(*trial, score_of(*trial));
    full += trial->rung == SuccessiveHalving::rungs - 1;
  }
  EXPECT_EQ(halving.best(), (Trial{7, 2}));
  EXPECT_TRUE(halving.has({0, 2}));  // the default is always carried to the end
  EXPECT_TRUE(halving.has({39, 0}));
  EXPECT_LE(full, 7);
}

TEST(SuccessiveHalving, GoesOnFromItsRecord) {
  SuccessiveHalving whole(25), first(25);
  for (int i = 0; i < 17; ++i) first.record(*first.next(), score_of(*first.next()));
  SuccessiveHalving second(25);
  for (int number = 0; number < 25; ++number) {
    for (int rung = 0; rung < SuccessiveHalving::rungs; ++rung) {
      if (first.has({number, rung})) second.record({number, rung}, first.score({number, rung}));
    }
  }
  while (const auto trial = second.next()) second.record(*trial, score_of(*trial));
  while (const auto trial = whole.next()) whole.record(*trial, score_of(*trial));
  EXPECT_EQ(second.recorded(), whole.recorded());
  EXPECT_EQ(second.best(), whole.best());
}

TEST(SuccessiveHalving, BearsFailures) {
  SuccessiveHalving halving(9);
  while (const auto trial = halving.next()) {
    halving.record(*trial, trial->number % 2 == 0 ? std::numeric_limits<double>::quiet_NaN() : score_of(*trial));
  }
  ASSERT_TRUE(halving.best());
  EXPECT_EQ(halving.best()->number, 7);
  SuccessiveHalving hopeless(3);
  while (const auto trial = hopeless.next()) hopeless.record(*trial, std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(hopeless.best());
}

TEST(SearchSpace, DrawsWithinItsLimits) {
  const std::vector<Dimension> space = {parse_dimension("hidden=64|128,128|none"), parse_dimension("rate=0.001..0.1"),
                                        parse_dimension("--epochs=5..9")};
  EXPECT_EQ(space[0].to_text(), "hidden=64|128,128|none");
  EXPECT_EQ(space[2].to_text(), "epochs=5..9");
  std::set<std::string> hidden, epochs;
  int below = 0;
  for (int number = 0; number < 300; ++number) {
    const auto setting = draw_setting(space, 1, number);
    ASSERT_EQ(setting.size(), 3u);
    EXPECT_EQ(setting, draw_setting(space, 1, number));
    hidden.insert(setting[0].second);
    const double rate = std::stod(setting[1].second);
    EXPECT_TRUE(rate >= 0.001 && rate <= 0.1);
    below += rate < 0.01;
    epochs.insert(setting[2].second);
  }
  EXPECT_EQ(hidden, (std::set<std::string>{"64", "128,128", "none"}));
  EXPECT_EQ(epochs, (std::set<std::string>{"5", "6", "7", "8", "9"}));
  EXPECT_NEAR(below, 150, 40);  // evenly on a logarithmic scale
}

TEST(SearchSpace, RefusesWhatIsNone) {
  for (const char* text : {"", "rate", "rate=", "=1|2", "rate=2..1", "rate=a..b", "hidden=1||2"}) {
    EXPECT_THROW(parse_dimension(text), UsageError) << text;
  }
}

}  // namespace
}  // namespace backprop
