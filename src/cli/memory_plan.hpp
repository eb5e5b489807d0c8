// How the memory that --memory allows is divided. Thread safety: pure functions.
#pragma once
#include <cstddef>

#include "cli/training_data.hpp"

namespace backprop::cli {

// Of the bytes that --memory allows, those that training examples with so many features may take. Throws UsageError
// where what is kept of the network and of each row of the table leaves too few.
std::size_t example_memory(const TrainFlags& flags, const LearningTable& learning, std::size_t features);

}  // namespace backprop::cli
