// A rule that gives something of another type than what it is the derivative of is refused by name.
#include <gtest/gtest.h>

#include "backprop/error.hpp"
#include "backprop/gradient.hpp"
#include "ops/ops.hpp"

namespace backprop {
namespace {

std::string why(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Rules, GiveTheTypeOfWhatTheyAreTheDerivativeOf) {
  Graph g;
  const Value x = g.input({3}, float64), d = g.input({3}, float64), u = g.input({2, 3}, float64);
  const Attributes attributes = g.equation_of(broadcast(x, {2, 3}).index).attributes;

  Operation no_sum = ops::broadcast;
  no_sum.transpose = [](const RuleContext&, int, std::span<const Value> cotangents) { return cotangents[0]; };
  const Value y = g.apply(no_sum, {x}, attributes);
  EXPECT_EQ(why([&] { vjp(std::span(&y, 1), std::span(&u, 1), std::span(&x, 1)); }),
            "[broadcast] its vjp rule gives float64[2, 3], float64[3] is needed");

  Operation no_broadcast = ops::broadcast;
  no_broadcast.kind = OperationKind::general;
  no_broadcast.jvp = [](const RuleContext&, int, Value tangent) { return std::vector<Value>{tangent}; };
  const Value z = g.apply(no_broadcast, {x}, attributes);
  EXPECT_EQ(why([&] { jvp(std::span(&z, 1), std::span(&x, 1), std::span(&d, 1)); }),
            "[broadcast] its jvp rule gives float64[3], float64[2, 3] is needed");
}

}  // namespace
}  // namespace backprop
