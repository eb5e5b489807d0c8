// Loads and stores of the first few lanes, which touch no memory beyond them. Included inside a foreach_target source.
// Thread safety: pure functions.
#if defined(BACKPROP_VECTOR_MEMORY_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_VECTOR_MEMORY_INL_HPP
#undef BACKPROP_VECTOR_MEMORY_INL_HPP
#else
#define BACKPROP_VECTOR_MEMORY_INL_HPP
#endif

#include <cstddef>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Only these instruction sets have masked accesses that do not fault.
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET <= HWY_AVX3
#define BACKPROP_MASKED_ACCESS 1
#else
#define BACKPROP_MASKED_ACCESS 0
#endif

// The other lanes are 0.
template <class D> HWY_INLINE hn::Vec<D> load_first(D d, const hn::TFromD<D>* from, std::size_t n) {
#if BACKPROP_MASKED_ACCESS
  return hn::MaskedLoad(hn::FirstN(d, n), d, from);
#else
  HWY_ALIGN hn::TFromD<D> lanes[hn::MaxLanes(D())] = {};
  for (std::size_t i = 0; i < hn::MaxLanes(D()); ++i) {
    if (i < n) lanes[i] = from[i];
  }
  return hn::Load(d, lanes);
#endif
}

#if HWY_TARGET == HWY_AVX2
// Fewer than all, by halves: some processors take tens of cycles for a masked store.
template <class D>
HWY_INLINE void store_halves(D, [[maybe_unused]] hn::Vec<D> v, [[maybe_unused]] hn::TFromD<D>* to,
                             [[maybe_unused]] std::size_t n) {
  if constexpr (hn::MaxLanes(D()) > 1) {
    const hn::Half<D> h;
    constexpr std::size_t half = hn::MaxLanes(D()) / 2;
    auto rest = hn::LowerHalf(h, v);
    if ((n & half) != 0) {
      hn::StoreU(rest, h, to);
      rest = hn::UpperHalf(h, v);
      to += half;
    }
    store_halves(h, rest, to, n);
  }
}
#endif

template <class D> HWY_INLINE void store_first(D d, hn::Vec<D> v, hn::TFromD<D>* to, std::size_t n) {
#if HWY_TARGET == HWY_AVX2
  if (n == hn::MaxLanes(D()))
    hn::StoreU(v, d, to);
  else
    store_halves(d, v, to, n);
#elif BACKPROP_MASKED_ACCESS
  hn::BlendedStore(v, hn::FirstN(d, n), d, to);
#else
  HWY_ALIGN hn::TFromD<D> lanes[hn::MaxLanes(D())];
  hn::Store(v, d, lanes);
  for (std::size_t i = 0; i < hn::MaxLanes(D()); ++i) {
    if (i < n) to[i] = lanes[i];
  }
#endif
}

// Keeps what was read in a register: the compiler would read it again for each use, and vectors that are not aligned to
// lines cost two accesses each time (3 x 1,026 x 2,561 of A Bᵀ: 273 us, kept 172; 86 x 2 x 435: 2.6 and 1.7).
template <class V> HWY_INLINE V keep(V v) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  asm("" : "+v"(v.raw));
#endif
  return v;
}

// Loads and stores of numbers that are often half of a vector or a quarter, and are read right after they were written:
// a load waits until what was stored under a mask is in the cache (11 ns instead of 4). (Narrower masks for all other
// numbers: 7 % slower steps of the smallest networks.)
template <class D> HWY_INLINE hn::Vec<D> load_rest(D d, const hn::TFromD<D>* from, std::size_t n) {
  constexpr std::size_t lanes = hn::MaxLanes(D());
#if HWY_TARGET == HWY_AVX3
  if constexpr (lanes * sizeof(hn::TFromD<D>) == 64) {
    const hn::Half<D> half;
    const hn::Half<decltype(half)> quarter;
    if (n == lanes / 4) return hn::ZeroExtendVector(d, hn::ZeroExtendVector(half, hn::LoadU(quarter, from)));
    if (n == lanes / 2) return hn::ZeroExtendVector(d, hn::LoadU(half, from));
    return load_first(d, from, n);
  }
#endif
  return n == lanes ? hn::LoadU(d, from) : load_first(d, from, n);
}
template <class D> HWY_INLINE void store_rest(D d, hn::Vec<D> v, hn::TFromD<D>* to, std::size_t n) {
  constexpr std::size_t lanes = hn::MaxLanes(D());
#if HWY_TARGET == HWY_AVX3
  if constexpr (lanes * sizeof(hn::TFromD<D>) == 64) {
    const hn::Half<D> half;
    const hn::Half<decltype(half)> quarter;
    if (n == lanes / 4) return hn::StoreU(hn::LowerHalf(quarter, hn::LowerHalf(half, v)), quarter, to);
    if (n == lanes / 2) return hn::StoreU(hn::LowerHalf(half, v), half, to);
    return store_first(d, v, to, n);
  }
#endif
  n == lanes ? hn::StoreU(v, d, to) : store_first(d, v, to, n);
}

#undef BACKPROP_MASKED_ACCESS

}  // namespace backprop::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
