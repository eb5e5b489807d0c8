// Folds of some rows of a table. Thread safety: pure functions.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cli/training_data.hpp"
#include "data/folds.hpp"

namespace backprop::cli {

// Drawn by seed, of classes stratified. Throws UsageError when there are fewer rows than folds.
std::vector<data::Fold> deal_folds(const LearningTable& learning, std::span<const std::uint32_t> rows,
                                   std::size_t count, std::uint64_t seed, std::uint64_t repeat = 0);

// Folds of the numbers 0, 1, ... become folds of the rows in their order.
std::vector<data::Fold> with_rows(std::vector<data::Fold> folds, std::span<const std::uint32_t> rows);

}  // namespace backprop::cli
