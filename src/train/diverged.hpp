// What is said of a training that diverged. Thread safety: pure functions.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "backprop/state.hpp"

namespace backprop {

// Throws DivergedError for what grew to `value` in this epoch and step, both from 1.
[[noreturn]] void diverged(int epoch, std::uint64_t step, const std::string& what, double value);
// Throws DivergedStep for a step that was not applied: `what` the engine says of it, the batch's rows as positions in
// the examples, and the numbers that these have in their table (empty: the positions).
[[noreturn]] void explain_diverged(int epoch, std::uint64_t step, std::string what,
                                   std::span<const std::uint32_t> batch, std::span<const std::uint32_t> numbers);

// Throws DivergedError naming the first state that holds NaN or infinity. A step is refused for a gradient that does, not
// for one so large that its update overflows.
void check_states(int epoch, const StateStore& states);

}  // namespace backprop
