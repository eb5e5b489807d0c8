// How the memory that --memory allows is divided. Thread safety: pure functions.
#pragma once
#include <cstddef>

#include "cli/training_data.hpp"

namespace backprop::cli {

// Of so many bytes, those that training examples may take. Throws UsageError where what is kept of each row of the table
// leaves too few.
std::size_t example_memory(std::size_t allowed, const LearningTable& learning);

}  // namespace backprop::cli
