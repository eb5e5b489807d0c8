// Whether all numbers of an array are finite. Thread safety: pure.
#pragma once
#include <bit>
#include <cstdint>

namespace backprop::cpu {

template <class T> bool all_finite(const T* x, std::int64_t n) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr Bits exponent = sizeof(T) == 4 ? Bits{0x7F800000u} : static_cast<Bits>(0x7FF0000000000000u);
  Bits found = 0;
  for (std::int64_t i = 0; i < n; ++i) found |= Bits{(std::bit_cast<Bits>(x[i]) & exponent) == exponent};
  return found == 0;
}

}  // namespace backprop::cpu
