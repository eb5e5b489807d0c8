// Which thread runs what, and where threads must meet. Thread safety: pure functions.
#pragma once
#include <memory>
#include <vector>

#include "run/cpu/work.hpp"

namespace backprop::cpu {

// For each step the part, a thread, that runs all of it, or -1: all of its parts share it. Lanes go to `threads` parts,
// the dearest first, each to the part with the least to do; without lanes a step of one part is run by part 0.
std::vector<int> assign_parts(const Plan& plan, const std::vector<std::unique_ptr<Work>>& works, int threads);

// For each step whether all parts must have finished what stands before it: as few as the data need.
std::vector<bool> find_barriers(const Plan& plan, const std::vector<int>& part_of);

// Nanoseconds of a run, about: between two barriers the slowest part counts.
double estimate_time(const std::vector<std::unique_ptr<Work>>& works, const std::vector<int>& part_of,
                     const std::vector<bool>& barriers);

}  // namespace backprop::cpu
