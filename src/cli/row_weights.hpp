// How much each row counts in the loss. Thread safety: pure functions.
#pragma once
#include <vector>

#include "cli/column_flags.hpp"
#include "cli/labelled_rows.hpp"

namespace backprop::cli {

// The weights of all rows of a table; empty when no column says so. Throws DataError for a missing, negative or infinite
// one.
std::vector<float> read_weights(const data::Table& table, const ColumnFlags& flags);

// Sets the weights of `answers`: those of their rows, times what makes the classes of the training rows count the same,
// n / (K n_k), where that is asked for.
void set_weights(Answers& answers, const std::vector<float>& weights, const std::vector<std::int64_t>& training_labels,
                 const ColumnFlags& flags);

}  // namespace backprop::cli
