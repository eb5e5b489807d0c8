// Rows reduced by contract (reduce_contract.hpp) on vectors: the 16 virtual lanes are one vector of 16, two of 8, ... .
// Included inside a foreach_target source. Thread safety: pure functions.
#if defined(BACKPROP_VECTOR_REDUCE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_VECTOR_REDUCE_INL_HPP
#undef BACKPROP_VECTOR_REDUCE_INL_HPP
#else
#define BACKPROP_VECTOR_REDUCE_INL_HPP
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "run/cpu/reduce_contract.hpp"
#include "run/cpu/vector_math-inl.hpp"
#include "run/cpu/vector_memory-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// How two vectors are combined, for one kind of reduction.
template <Reduction kind_> struct Combine {
  static constexpr Reduction kind = kind_;
  template <class D, class V> HWY_INLINE V operator()(D d, V a, V b) const {
    if constexpr (kind == Reduction::prod)
      return hn::Mul(a, b);
    else if constexpr (kind == Reduction::max)
      return maximum(d, a, b);
    else if constexpr (kind == Reduction::min)
      return minimum(d, a, b);
    else
      return hn::Add(a, b);
  }
};

template <class T, std::int64_t width = reduction_lanes>
using LaneTag = hn::CappedTag<T, static_cast<std::size_t>(width)>;

// The 16 virtual lanes of a reduction that goes on; or the first `width`, if there is not one term more: lanes that hold
// the identity change nothing that they are combined with.
template <Reduction kind, class T, std::int64_t width = reduction_lanes> struct VirtualLanes {
  using D = LaneTag<T, width>;
  static constexpr std::size_t lanes = hn::MaxLanes(D());
  static constexpr std::size_t count = static_cast<std::size_t>(width) / lanes;
  using V = hn::Vec<D>;
  V sums[count];

  HWY_INLINE VirtualLanes() {
    for (V& s : sums) s = hn::Set(D(), reduction_identity<T>(kind));
  }
  // Takes vector v of 16 terms.
  HWY_INLINE void take(std::size_t v, V terms) { sums[v] = Combine<kind>()(D(), sums[v], terms); }
  // The same when only the first n lanes are terms.
  HWY_INLINE void take_first(std::size_t v, V terms, std::size_t n) {
    const D d;
    sums[v] = hn::IfThenElse(hn::FirstN(d, n), Combine<kind>()(d, sums[v], terms), sums[v]);
  }
  // The fixed tree.
  HWY_INLINE T combined() {
#pragma GCC unroll 4
    for (std::size_t half = count / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
      for (std::size_t v = 0; v < half; ++v) take(v, sums[v + half]);
    }
    return tree(D(), sums[0]);
  }

 private:
  template <class Tag> static HWY_INLINE T tree(Tag d, hn::Vec<Tag> v) {
    if constexpr (hn::MaxLanes(Tag()) == 1) {
      (void)d;
      return hn::GetLane(v);
    }
#if HWY_TARGET != HWY_SCALAR
    else {
      const hn::Half<Tag> h;
      return tree(h, Combine<kind>()(h, hn::LowerHalf(h, v), hn::UpperHalf(h, v)));
    }
#endif
  }
};

// One chunk of at most 4,096 terms.
template <Reduction kind, class T> HWY_INLINE T reduce_chunk(const T* x, std::int64_t n) {
  const LaneTag<T> d;
  using Lanes = VirtualLanes<kind, T>;
  constexpr auto lanes = static_cast<std::int64_t>(Lanes::lanes);
  Lanes sums;
  std::int64_t i = 0;
  for (; i + reduction_lanes <= n; i += reduction_lanes) {
#pragma GCC unroll 16
    for (std::size_t v = 0; v < Lanes::count; ++v) {
      sums.take(v, hn::LoadU(d, x + i + static_cast<std::int64_t>(v) * lanes));
    }
  }
  for (std::size_t v = 0; i < n; ++v, i += lanes) {
    const auto rest = static_cast<std::size_t>(std::min(lanes, n - i));
    sums.take_first(v, load_first(d, x + i, rest), rest);
  }
  return sums.combined();
}

// A row, without the mean's division.
template <Reduction kind, class T> HWY_INLINE T reduce_row(const T* x, std::int64_t n) {
  T result = reduce_chunk<kind>(x, std::min(reduction_chunk, n));
  for (std::int64_t first = reduction_chunk; first < n; first += reduction_chunk) {
    result = combine(kind, result, reduce_chunk<kind>(x + first, std::min(reduction_chunk, n - first)));
  }
  return result;
}

}  // namespace backprop::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
