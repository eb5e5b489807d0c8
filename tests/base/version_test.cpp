#include "backprop/version.hpp"

#include <gtest/gtest.h>

#include <cstdio>

TEST(Version, HasThreeNumbers) {
  int major = -1, minor = -1, patch = -1;
  ASSERT_EQ(std::sscanf(backprop::version(), "%d.%d.%d", &major, &minor, &patch), 3);
  EXPECT_GE(major, 0);
}
