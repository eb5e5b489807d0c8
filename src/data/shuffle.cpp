#include "data/shuffle.hpp"

#include <numeric>
#include <utility>

#include "base/philox.hpp"

namespace backprop::data {

void shuffle(std::span<std::uint32_t> items, std::uint64_t seed, std::uint64_t step, std::string_view purpose) {
  const RandomStream random(seed, step, stream_of(purpose));
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i, i)]);
}

std::vector<std::uint32_t> permutation(std::size_t count, std::uint64_t seed, std::uint64_t step,
                                       std::string_view purpose) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  shuffle(order, seed, step, purpose);
  return order;
}

}  // namespace backprop::data
