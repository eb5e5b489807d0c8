// The suite is tested: wrong rules of every operation are generated, and all must be caught but the named equivalents.
#include "evidence/mutation.hpp"

#include <gtest/gtest.h>

#include "backprop/operations.hpp"

namespace backprop::evidence {
namespace {

TEST(Mutation, every_wrong_rule_is_caught_but_the_named_equivalents) {
  int generated = 0, caught = 0;
  std::vector<std::string> survivors, named;
  for (const Operation* operation : catalogue()) {
    const MutationResult result = mutate(*operation);
    generated += result.generated;
    caught += result.caught;
    survivors.insert(survivors.end(), result.survivors.begin(), result.survivors.end());
  }
  for (const Equivalent& one : named_equivalents()) named.push_back(one.label);
  EXPECT_EQ(survivors, named);
  EXPECT_EQ(generated, caught + static_cast<int>(survivors.size()));
  EXPECT_LE(survivors.size() * 50, static_cast<std::size_t>(generated));  // at most 2 %
  std::printf("wrong rules: %d generated, %d caught, %zu named equivalents\n", generated, caught, survivors.size());
}

}  // namespace
}  // namespace backprop::evidence
