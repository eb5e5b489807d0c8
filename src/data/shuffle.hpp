// Random orders of rows: a pure function of a seed, a step and a purpose, the same on every machine.
// Thread safety: pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace backprop::data {

// Shuffles in place (Fisher and Yates). The orders of different steps, and of different purposes, are independent.
void shuffle(std::span<std::uint32_t> items, std::uint64_t seed, std::uint64_t step, std::string_view purpose);

// 0..count-1 in a random order.
std::vector<std::uint32_t> permutation(std::size_t count, std::uint64_t seed, std::uint64_t step,
                                       std::string_view purpose);

}  // namespace backprop::data
