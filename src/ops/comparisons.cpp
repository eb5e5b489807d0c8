// Comparisons, logic and choice. Their results carry no derivative, but `where` passes one to the chosen argument.
#include "ops/ops.hpp"

namespace backprop {
namespace {

using C = const RuleContext&;
constexpr auto equal_rule = [](auto a, auto b) { return a == b; };
constexpr auto not_equal_rule = [](auto a, auto b) { return a != b; };
constexpr auto less_rule = [](auto a, auto b) { return a < b; };
constexpr auto less_equal_rule = [](auto a, auto b) { return a <= b; };
constexpr auto greater_rule = [](auto a, auto b) { return a > b; };
constexpr auto greater_equal_rule = [](auto a, auto b) { return a >= b; };
constexpr auto and_rule = [](auto a, auto b) { return a && b; };
constexpr auto or_rule = [](auto a, auto b) { return a || b; };
constexpr auto xor_rule = [](auto a, auto b) { return (a || b) && !(a && b); };
constexpr auto not_rule = [](auto a) { return !a; };
constexpr auto where_rule = [](auto c, auto a, auto b) { return math::where(c, a, b); };

Value none(C, int) { return {}; }

}  // namespace

namespace ops {

const Operation equal = elementwise<equal_rule, 2, Signature::comparison>("equal", none, "Equal");
const Operation not_equal = elementwise<not_equal_rule, 2, Signature::comparison>("not_equal", none);
const Operation less = elementwise<less_rule, 2, Signature::comparison>("less", none, "Less");
const Operation less_equal = elementwise<less_equal_rule, 2, Signature::comparison>("less_equal", none, "LessOrEqual");
const Operation greater = elementwise<greater_rule, 2, Signature::comparison>("greater", none, "Greater");
const Operation greater_equal =
    elementwise<greater_equal_rule, 2, Signature::comparison>("greater_equal", none, "GreaterOrEqual");
const Operation logical_and = elementwise<and_rule, 2, Signature::logical>("logical_and", none, "And");
const Operation logical_or = elementwise<or_rule, 2, Signature::logical>("logical_or", none, "Or");
const Operation logical_xor = elementwise<xor_rule, 2, Signature::logical>("logical_xor", none, "Xor");
const Operation logical_not = elementwise<not_rule, 1, Signature::logical>("logical_not", none, "Not");
const Operation where = elementwise<where_rule, 3, Signature::choice>(
    "where",
    [](C c, int argument) {
      if (argument == 0) return Value{};
      const Value one = constant_like(c.outputs[0], 1), zero = constant_like(c.outputs[0], 0);
      return argument == 1 ? backprop::where(c.inputs[0], one, zero) : backprop::where(c.inputs[0], zero, one);
    },
    "Where");

Value mask_like(Value condition, Value x) {
  return backprop::where(condition, constant_like(x, 1), constant_like(x, 0));
}

}  // namespace ops
}  // namespace backprop
