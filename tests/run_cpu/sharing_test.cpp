#include "run/cpu/sharing.hpp"

#include <gtest/gtest.h>

namespace backprop::cpu {
namespace {

// The share of `steps` steps that was shared out, when a step takes so long either way.
double shared_steps(Sharing& sharing, int steps, double shared_seconds, double alone_seconds) {
  int count = 0;
  for (int step = 0; step < steps; ++step) {
    count += sharing.shared();
    sharing.took(sharing.shared() ? shared_seconds : alone_seconds);
  }
  return static_cast<double>(count) / steps;
}

TEST(Sharing, KeepsToThreadsWhileTheyPay) {
  for (const double seconds : {5e-5, 1e-3, 0.1}) {
    Sharing sharing;
    EXPECT_TRUE(sharing.shared());
    EXPECT_GT(shared_steps(sharing, 10000, seconds, 1.9 * seconds), 0.99) << seconds;
  }
}

// A long step is a window of its own.
TEST(Sharing, LosesFewOfTheFirstLongSteps) {
  Sharing sharing;
  EXPECT_GE(shared_steps(sharing, 40, 0.07, 0.13), 38.0 / 40);
  // At once when a core is taken, though no try was due.
  EXPECT_LE(shared_steps(sharing, 40, 0.3, 0.13), 8.0 / 40);
}

TEST(Sharing, LeavesThreadsThatWaitForABusyCoreAndComesBack) {
  Sharing sharing;
  EXPECT_LT(shared_steps(sharing, 10000, 3e-3, 1e-3), 0.05);
  shared_steps(sharing, 10000, 0.6e-3, 1e-3);
  EXPECT_GT(shared_steps(sharing, 10000, 0.6e-3, 1e-3), 0.95);
}

}  // namespace
}  // namespace backprop::cpu
