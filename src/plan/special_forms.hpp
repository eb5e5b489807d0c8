// Operations that the planner puts in place of a few equations because the backend has one kernel for them. They appear
// after differentiation, so they have no derivative; they are in no catalogue. Thread safety: constants.
#pragma once
#include "backprop/operation.hpp"

namespace backprop {

// (softmax(logits) - one_hot(targets)) cotangent, the gradient of softmax_cross_entropy with respect to the logits
// [..., K]; targets [...] are class indices, the cotangent is a scalar or [...].
extern const Operation cross_entropy_gradient;

}  // namespace backprop
