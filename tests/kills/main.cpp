// kills_tests                      the tests
// kills_tests --kills N [--seed S] N runs killed at random moments and resumed
#include <gtest/gtest.h>

#include <cstring>

#include "run.hpp"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  int kills = 0;
  std::uint64_t seed = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--kills") == 0) kills = std::atoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--seed") == 0) seed = std::strtoull(argv[i + 1], nullptr, 10);
  }
  if (kills > 0) return backprop::kills::kill_at_random(kills, seed) ? 0 : 1;
  return RUN_ALL_TESTS();
}
