// What is known of the primitive instructions when the engine is compiled. Thread safety: constants.
#pragma once
#include <iterator>
#include <string_view>

#include "backprop/expression.hpp"

namespace backprop {

inline constexpr std::string_view primitive_names[] = {
    "argument",    "constant", "negate",     "abs",         "sign",       "exp",         "expm1",   "log",
    "log1p",       "sqrt",     "sin",        "cos",         "tan",        "asin",        "acos",    "atan",
    "sinh",        "cosh",     "tanh",       "sigmoid",     "erf",        "floor",       "ceil",    "round",
    "logical_not", "add",      "subtract",   "multiply",    "divide",     "power",       "maximum", "minimum",
    "equal",       "less",     "less_equal", "logical_and", "logical_or", "logical_xor", "select",  "multiply_add"};
inline constexpr int primitive_count = static_cast<int>(Primitive::multiply_add) + 1;
static_assert(std::size(primitive_names) == primitive_count);

constexpr int primitive_arity(Primitive p) {
  if (p < Primitive::negate) return 0;
  if (p < Primitive::add) return 1;
  return p < Primitive::select ? 2 : 3;
}

}  // namespace backprop
