// Where the threads of a step must meet. Thread safety: pure function.
#pragma once
#include <memory>
#include <vector>

#include "run/cpu/work.hpp"

namespace backprop::cpu {

// For each step whether all parts must have finished what stands before it: as few as the data need. Steps with one
// part are all run by the same thread.
std::vector<bool> find_barriers(const Plan& plan, const std::vector<std::unique_ptr<Work>>& works);

}  // namespace backprop::cpu
