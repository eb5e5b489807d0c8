// Random numbers in blocks, with the bits of base/philox.hpp's one at a time. Thread safety: pure functions.
#pragma once
#include <cstdint>

#include "base/philox.hpp"

namespace backprop::cpu {

struct PhiloxKey {
  std::uint64_t seed, step;
  std::uint32_t stream;
};

inline constexpr std::int64_t random_block = 64;  // numbers made at once

// bits(64 k), ..., bits(64 k + 63) of the stream.
void random_bits(const PhiloxKey& key, std::int64_t k, std::uint32_t* bits);

}  // namespace backprop::cpu
