// Some of many rows, for what a person looks at. Thread safety: pure functions.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "data/shuffle.hpp"

namespace backprop::cli {

// At most `most` of 0..count-1, ascending: a pure function of its arguments.
inline std::vector<std::uint32_t> sample_rows(std::size_t count, std::size_t most, std::uint64_t seed,
                                              std::string_view purpose) {
  std::vector<std::uint32_t> rows = data::permutation(count, seed, 0, purpose);
  rows.resize(std::min(count, most));
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace backprop::cli
