// The interpreter: one equation at a time, row-major, no fusion, with the numeric contract's plain sums and the
// backend's own functions. A plan agrees with it to the bit. Thread safety: pure but for the store.
#pragma once
#include <span>
#include <vector>

#include "backprop/compile.hpp"
#include "plan/simplify.hpp"

namespace backprop {

// What Compiled::run does: outputs, then updates and the store's step.
std::vector<Tensor> interpret(const Program& program, std::span<const TensorView> inputs, StateStore& store);
std::vector<Tensor> interpret(const Simplified& program, std::span<const TensorView> inputs, StateStore& store);

// Repeats a step whose commit was refused and throws DivergedError naming the first operation that made NaN or infinity
// of finite numbers.
[[noreturn]] void explain_divergence(const Simplified& program, std::span<const TensorView> inputs, StateStore& store);

}  // namespace backprop
