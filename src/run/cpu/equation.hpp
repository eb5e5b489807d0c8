// One equation on row-major arrays by the numeric contract's plain loops: the interpreter's way to evaluate.
// Thread safety: pure.
#pragma once
#include "backprop/operation.hpp"

namespace backprop::cpu {

void evaluate_equation(const Equation& equation, const ReferenceCall& call);

}  // namespace backprop::cpu
