// Rows dealt into folds, each of which is held back once. Thread safety: pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace backprop::data {

// The fold, 0 to count - 1, of each row; folds differ in size by one row at most. `repeat` deals anew. Pure functions
// of their arguments. Each throws UsageError when there are fewer rows than folds, or fewer than two folds.
std::vector<std::uint32_t> deal_rows(std::size_t rows, std::size_t count, std::uint64_t seed, std::uint64_t repeat = 0);
// Stratified: the rows of a class are spread over the folds as evenly as they go.
std::vector<std::uint32_t> deal_classes(std::span<const std::int64_t> labels, std::size_t count, std::uint64_t seed,
                                        std::uint64_t repeat = 0);
// All rows of a group stand in one fold; the largest groups are dealt first, each to the fold with the fewest rows.
// Throws UsageError when there are fewer groups than folds.
std::vector<std::uint32_t> deal_groups(std::span<const std::int64_t> groups, std::size_t count, std::uint64_t seed,
                                       std::uint64_t repeat = 0);

// Rows to learn from and rows that are held back, ascending.
struct Fold {
  std::vector<std::uint32_t> train, test;
};
// Each fold held back once, the others to learn from.
std::vector<Fold> folds_of(std::span<const std::uint32_t> fold_of_row);
// By time: the rows in ascending order of `times` (ties stay together in the earlier block) are cut into count + 1
// blocks; fold k learns from the blocks up to k and is tested on the next one. Throws UsageError when there are fewer
// distinct times than blocks.
std::vector<Fold> folds_by_time(std::span<const double> times, std::size_t count);

}  // namespace backprop::data
