// Packing for matrix products: one side of an operand is cut into panels of a fixed width, which lie one term after the
// other: packed[k * width + i] = source[i * side + k * term]. Included once for every instruction set.
// Thread safety: pure functions.
#if defined(BACKPROP_PRODUCT_PACK_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_PRODUCT_PACK_INL
#undef BACKPROP_PRODUCT_PACK_INL
#else
#define BACKPROP_PRODUCT_PACK_INL
#endif

#include "run/cpu/product_plan.hpp"
#include "run/cpu/product_tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu {
namespace HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

template <class T>
inline constexpr Index block_lanes = static_cast<Index>(16 / sizeof(T));  // terms that are transposed at a time

// 16 bytes from each of source[0], source[step] ..., one after the other.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> load_blocks(D d, const T* const* sources, Index step, Index offset) {
  if constexpr (hn::MaxLanes(D()) == static_cast<std::size_t>(block_lanes<T>)) {
    return hn::LoadU(d, sources[0] + offset);
  } else {
    const hn::Half<D> half;
    constexpr Index blocks = static_cast<Index>(hn::MaxLanes(half)) / block_lanes<T>;
    return hn::Combine(d, load_blocks(half, sources + blocks * step, step, offset),
                       load_blocks(half, sources, step, offset));
  }
}

// 4 (float32) or 2 (float64) terms of a vector's width of rows: one vector for each term.
template <class D> HWY_INLINE void load_terms(D d, const float* const* rows, Index offset, hn::Vec<D> (&terms)[4]) {
  const hn::RepartitionToWide<D> wide;
  const auto v0 = load_blocks(d, rows + 0, 4, offset), v1 = load_blocks(d, rows + 1, 4, offset);
  const auto v2 = load_blocks(d, rows + 2, 4, offset), v3 = load_blocks(d, rows + 3, 4, offset);
  const auto low01 = hn::BitCast(wide, hn::InterleaveLower(d, v0, v1));
  const auto low23 = hn::BitCast(wide, hn::InterleaveLower(d, v2, v3));
  const auto high01 = hn::BitCast(wide, hn::InterleaveUpper(d, v0, v1));
  const auto high23 = hn::BitCast(wide, hn::InterleaveUpper(d, v2, v3));
  terms[0] = hn::BitCast(d, hn::InterleaveLower(wide, low01, low23));
  terms[1] = hn::BitCast(d, hn::InterleaveUpper(wide, low01, low23));
  terms[2] = hn::BitCast(d, hn::InterleaveLower(wide, high01, high23));
  terms[3] = hn::BitCast(d, hn::InterleaveUpper(wide, high01, high23));
}

template <class D> HWY_INLINE void load_terms(D d, const double* const* rows, Index offset, hn::Vec<D> (&terms)[2]) {
  const auto v0 = load_blocks(d, rows + 0, 2, offset), v1 = load_blocks(d, rows + 1, 2, offset);
  terms[0] = hn::InterleaveLower(d, v0, v1);
  terms[1] = hn::InterleaveUpper(d, v0, v1);
}

template <class D, class T = hn::TFromD<D>>
HWY_INLINE void transpose_terms(D d, const T* const* rows, Index offset, T* packed, Index width) {
  hn::Vec<D> terms[block_lanes<T>];
  load_terms(d, rows, offset, terms);
#pragma GCC unroll 4
  for (Index k = 0; k < block_lanes<T>; ++k) hn::StoreU(terms[k], d, packed + k * width);
}

#endif

// Neighbouring panels: panel i has the positions [offsets[i], offsets[i + 1]) of the side, at most `width` of them, and
// goes to packed + i * packed_stride(width, terms). What a panel has beyond its positions is filled with anything.
// `width` is a multiple of the lanes.
template <class T>
void pack_panels(const T* source, Index side, Index term, const Index* offsets, Index panels, Index terms, Index width,
                 T* packed) {
  const hn::ScalableTag<T> d;
  constexpr Index L = lanes<T>;
  // A few terms at a time, so that a row of the source is read in long runs.
  const Index step = side == 1 ? 8 : terms;
  for (Index start = 0; start < terms; start += step) {
    const Index end = std::min(terms, start + step);
    for (Index panel = 0; panel < panels; ++panel) {
      for (Index i = 0; i < width; i += L) {
        const Index present = std::min(L, offsets[panel + 1] - offsets[panel] - i);
        if (present <= 0) break;
        const T* from = source + (offsets[panel] + i) * side;
        T* to = packed + panel * packed_stride(width, terms) + i;
        Index k = start;
        if (side == 1) {
          if (present == L) {
            for (; k < end; ++k) {
              __builtin_prefetch(from + (k + step) * term);  // (some hundred rows: 1 to 2 % of a product)
              hn::StoreU(hn::LoadU(d, from + k * term), d, to + k * width);
            }
          } else {
            for (; k < end; ++k)
              hn::StoreU(load_first(d, from + k * term, static_cast<std::size_t>(present)), d, to + k * width);
          }
          continue;
        }
#if HWY_TARGET != HWY_SCALAR
        if (term == 1) {
          const T* rows[L];
          for (Index r = 0; r < L; ++r) rows[r] = from + std::min(r, present - 1) * side;
          for (; k + block_lanes<T> <= end; k += block_lanes<T>) transpose_terms(d, rows, k, to + k * width, width);
          if (k < end && end - start >= block_lanes<T>) {  // the rest, and some terms again
            transpose_terms(d, rows, end - block_lanes<T>, to + (end - block_lanes<T>)*width, width);
            k = end;
          }
        }
#endif
        for (Index r = 0; r < present; ++r) {
          for (Index rest = k; rest < end; ++rest) to[rest * width + r] = from[r * side + rest * term];
        }
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace backprop::cpu
HWY_AFTER_NAMESPACE();
#endif
