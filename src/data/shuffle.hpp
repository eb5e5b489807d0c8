// Random orders of rows: a pure function of a seed and a stream, the same on every machine and standard library.
// Thread safety: pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace backprop::data {

// Shuffles in place (Fisher and Yates). Orders of different streams of one seed are independent.
void shuffle(std::span<std::uint32_t> items, std::uint64_t seed, std::uint64_t stream);

// 0..count-1 in a random order.
std::vector<std::uint32_t> permutation(std::size_t count, std::uint64_t seed, std::uint64_t stream);

}  // namespace backprop::data
