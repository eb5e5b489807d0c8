#include "data/shuffle.hpp"

#include <numeric>
#include <utility>

namespace backprop::data {
namespace {

// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a bijection of 64 bits that mixes well.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// The counter-th draw of a stream.
std::uint64_t draw(std::uint64_t key, std::uint64_t counter) { return mix(key + (counter + 1) * 0x9e3779b97f4a7c15u); }

}  // namespace

void shuffle(std::span<std::uint32_t> items, std::uint64_t seed, std::uint64_t stream) {
  const std::uint64_t key = mix(mix(seed ^ 0x6a09e667f3bcc909u) + stream);
  for (std::size_t i = items.size(); i > 1; --i) {
    // A multiple of a 64-bit fraction instead of a remainder: uniform up to i / 2^64.
    const auto j = static_cast<std::size_t>((static_cast<unsigned __int128>(draw(key, i)) * i) >> 64);
    std::swap(items[i - 1], items[j]);
  }
}

std::vector<std::uint32_t> permutation(std::size_t count, std::uint64_t seed, std::uint64_t stream) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  shuffle(order, seed, stream);
  return order;
}

}  // namespace backprop::data
