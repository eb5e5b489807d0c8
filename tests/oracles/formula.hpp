// Formulas as NIST prints them, "b1*exp(-b2*x) + b3", as values of a graph. Thread safety: as for Graph.
#pragma once
#include <map>
#include <string>

#include "backprop/operations.hpp"

namespace backprop::test {

// Numbers, the names given, pi, + - * / ^, unary minus, parentheses, exp log sin cos atan. Throws Error.
Value parse_formula(const std::string& text, Graph& graph, const std::map<std::string, Value>& names);

}  // namespace backprop::test
