// Operations without arguments, where graphs start: inputs, states, constants, dimensions. Thread safety: as for Graph.
#pragma once
#include "backprop/operation.hpp"

namespace backprop {

extern const Operation input_operation;      // {name, dtype, shape}
extern const Operation state_operation;      // {name, dtype, shape, role, initialiser}
extern const Operation constant_operation;   // {value, dtype, shape} or {values}
extern const Operation dimension_operation;  // {of, dtype}: the number a dimension is bound to, a scalar

}  // namespace backprop
