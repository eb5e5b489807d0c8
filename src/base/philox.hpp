// Philox4x32-10 (Salmon et al. 2011): a counter-based generator. A draw is a pure function of key and counter, so the
// numbers are the same on any thread count, in any order, after a resume. Thread safety: pure functions.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <string_view>
#include <vector>

namespace backprop {

using PhiloxBlock = std::array<std::uint32_t, 4>;

inline PhiloxBlock philox(PhiloxBlock counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key = {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
  }
  return counter;
}

// The numbers of one (seed, step, stream), by index.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint64_t step, std::uint32_t stream)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}, step_(step), stream_(stream) {}

  // 32 random bits. Indices go up to 2^34.
  std::uint32_t bits(std::uint64_t index) const { return block(index / 4)[index % 4]; }
  // [0, 1) with 24 bits: the same number in float32 and float64.
  double uniform(std::uint64_t index) const { return uniform_of(bits(index)); }
  // uniform(0), uniform(1), ...: a block gives four of them.
  void uniforms(std::span<double> to) const {
    for (std::size_t i = 0; i < to.size(); i += 4) {
      const PhiloxBlock four = block(i / 4);
      for (std::size_t k = 0; k < std::min<std::size_t>(4, to.size() - i); ++k) to[i + k] = uniform_of(four[k]);
    }
  }
  // Standard normal by Box and Muller (1958), from the numbers 2 index and 2 index + 1; 1 - u is never 0.
  double normal(std::uint64_t index) const {
    const double radius = std::sqrt(-2 * std::log(1 - uniform(2 * index)));
    return radius * std::cos(2 * std::numbers::pi * uniform(2 * index + 1));
  }
  // A whole number in [0, n), n > 0, by the high part of a product (bias below n / 2^32).
  std::uint64_t below(std::uint64_t index, std::uint64_t n) const { return (std::uint64_t{bits(index)} * n) >> 32; }
  // A random order of 0 .. n-1 (Fisher and Yates).
  std::vector<std::int64_t> permutation(std::int64_t n) const {
    std::vector<std::int64_t> order(static_cast<std::size_t>(n));
    for (std::int64_t i = 0; i < n; ++i) order[static_cast<std::size_t>(i)] = i;
    for (std::int64_t i = n - 1; i > 0; --i) {
      const auto j = below(static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(i) + 1);
      std::swap(order[static_cast<std::size_t>(i)], order[j]);
    }
    return order;
  }

 private:
  static double uniform_of(std::uint32_t bits) { return static_cast<double>(bits >> 8) * 0x1p-24; }
  PhiloxBlock block(std::uint64_t number) const {
    return philox({static_cast<std::uint32_t>(number), stream_, static_cast<std::uint32_t>(step_),
                   static_cast<std::uint32_t>(step_ >> 32)},
                  key_);
  }

  std::array<std::uint32_t, 2> key_;
  std::uint64_t step_;
  std::uint32_t stream_;
};

// A stream number for a name (FNV-1a), with the top bit set: graphs number their own streams from 0.
inline std::uint32_t stream_of(std::string_view name) {
  std::uint32_t hash = 2166136261u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash | 0x80000000u;
}

}  // namespace backprop
