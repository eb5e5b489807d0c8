// Which rows train, which decide when to stop, and which are held back to the end.
// Thread safety: pure functions.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace backprop::data {

struct Split {
  std::vector<std::uint32_t> train, validation, test;  // row numbers, ascending
};

struct SplitFractions {
  double validation = 0.2;
  double test = 0.2;
};

// Stratified by class: each part has each class in the table's proportion, as near as whole rows allow, and each class
// stands in `train` at least once. A pure function of its arguments. Throws UsageError for fractions that are negative
// or leave nothing to train on.
Split split_classes(std::span<const std::int64_t> labels, const SplitFractions& fractions, std::uint64_t seed);

// The same without classes, for regression.
Split split_rows(std::size_t rows, const SplitFractions& fractions, std::uint64_t seed);

}  // namespace backprop::data
