// The lanes of several vectors added at once, each by the fixed tree of the numeric contract: l and l + n/2, then
// + n/4, ... + 1. Two vectors of half finished sums become one, so that a sum takes three instructions instead of two a
// level. Included once for every instruction set. Thread safety: pure functions.
#if defined(BACKPROP_VECTOR_SUMS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_VECTOR_SUMS_INL_HPP
#undef BACKPROP_VECTOR_SUMS_INL_HPP
#else
#define BACKPROP_VECTOR_SUMS_INL_HPP
#endif

#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Both consist of sums of `width` lanes each; the result has those of x and y by turns, of half as many.
template <std::ptrdiff_t width, class D, class V = hn::Vec<D>> HWY_INLINE V add_halves(D d, V x, V y) {
#if HWY_TARGET == HWY_SCALAR
  (void)d, (void)y;
  return x;
#else
  constexpr std::size_t bytes = width * sizeof(hn::TFromD<D>);
  if constexpr (bytes > 16 && width == hn::MaxLanes(D())) {
    return hn::Add(hn::ConcatLowerLower(d, y, x), hn::ConcatUpperUpper(d, y, x));
  } else if constexpr (bytes > 16) {
    static_assert(bytes == 32 && 2 * width == hn::MaxLanes(D()));
    return hn::Add(hn::OddEvenBlocks(hn::SwapAdjacentBlocks(y), x), hn::OddEvenBlocks(y, hn::SwapAdjacentBlocks(x)));
  } else if constexpr (width == 4) {
    const hn::RepartitionToWide<D> wide;
    const auto u = hn::BitCast(wide, x), v = hn::BitCast(wide, y);
    return hn::Add(hn::BitCast(d, hn::InterleaveLower(wide, u, v)), hn::BitCast(d, hn::InterleaveUpper(wide, u, v)));
  } else if constexpr (sizeof(hn::TFromD<D>) == 8) {
    return hn::Add(hn::InterleaveLower(d, x, y), hn::InterleaveUpper(d, x, y));
  } else {
    return hn::Add(hn::OddEven(hn::Reverse2(d, y), x), hn::OddEven(y, hn::Reverse2(d, x)));
  }
#endif
}

// Where sum_lanes() leaves the sum of vector n.
constexpr std::ptrdiff_t place_of_sum(std::ptrdiff_t n, std::ptrdiff_t lanes) {
  std::ptrdiff_t place = n / lanes;
  for (std::ptrdiff_t bit = 1; bit < lanes; bit *= 2, n /= 2) place = 2 * place + n % 2;
  return place;
}

// Sums of `width` lanes each: at first vectors.
template <std::ptrdiff_t width, class D, int count, class T = hn::TFromD<D>>
HWY_INLINE void sum_lanes(D d, const hn::Vec<D> (&vectors)[count], T* results) {
  if constexpr (width == 1) {
#pragma GCC unroll 32
    for (int i = 0; i < count; ++i) hn::Store(vectors[i], d, results + i * static_cast<int>(hn::MaxLanes(D())));
  } else {
    constexpr int pairs = (count + 1) / 2;
    hn::Vec<D> half[pairs];
#pragma GCC unroll 16
    for (int i = 0; i < pairs; ++i)
      half[i] = add_halves<width>(d, vectors[2 * i], vectors[2 * i + (2 * i + 1 < count)]);
    sum_lanes<width / 2>(d, half, results);
  }
}

}  // namespace backprop::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
