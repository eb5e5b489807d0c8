// Products of few rows where the terms of B's columns lie next to each other: to write B in rows first would cost more
// than the product, so it is transposed in registers on the way. Included once for every instruction set.
// Thread safety: pure functions.
#if defined(BACKPROP_PRODUCT_DOTS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_PRODUCT_DOTS_INL
#undef BACKPROP_PRODUCT_DOTS_INL
#else
#define BACKPROP_PRODUCT_DOTS_INL
#endif

#include <algorithm>
#include <array>
#include <utility>

#include "run/cpu/product_pack-inl.hpp"
#include "run/cpu/product_plan.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu {
namespace HWY_NAMESPACE {

// Vectors of columns in a tile: two for few rows, since more chains hide the latency of one.
constexpr int vectors_of_dots(Index rows) { return rows <= 4 ? 2 : 1; }

// R rows by G vectors of columns.
template <class T, int R, int G> HWY_NOINLINE void dots_tile(const TileArguments<T>& t, Index b_column) {
  const hn::ScalableTag<T> d;
  using Vector = hn::Vec<decltype(d)>;
  constexpr Index L = lanes<T>;
  const T* columns[G][L];
  for (Index j = 0; j < G * L; ++j) columns[j / L][j % L] = t.b + std::min(j, t.columns - 1) * b_column;
  const T* a[R];
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) a[i] = t.a + i * t.a_row;
  const Index a_term = t.a_term;
  Vector sum[R][G];
  const auto take = [&](Index k, int g, Vector terms) HWY_ATTR {
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) sum[i][g] = hn::MulAdd(hn::Set(d, a[i][k * a_term]), terms, sum[i][g]);
  };
  const auto one_term = [&](Index k) HWY_ATTR {
#pragma GCC unroll 2
    for (int g = 0; g < G; ++g) {
      HWY_ALIGN T terms[L];
      for (Index j = 0; j < L; ++j) terms[j] = columns[g][j][k];
      take(k, g, hn::Load(d, terms));
    }
  };
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) {
#pragma GCC unroll 2
    for (int g = 0; g < G; ++g) sum[i][g] = hn::Zero(d);
  }
  Index k = 0;
#if HWY_TARGET != HWY_SCALAR
  for (; k + block_lanes<T> <= t.terms; k += block_lanes<T>) {
#pragma GCC unroll 2
    for (int g = 0; g < G; ++g) {
      Vector terms[block_lanes<T>];
      load_terms(d, columns[g], k, terms);
#pragma GCC unroll 4
      for (Index i = 0; i < block_lanes<T>; ++i) take(k + i, g, terms[i]);
    }
  }
#endif
  for (; k < t.terms; ++k) one_term(k);
#pragma GCC unroll 2
  for (int g = 0; g < G; ++g) {
    const auto here = static_cast<std::size_t>(std::clamp<Index>(t.columns - g * L, 0, L));
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) {
      T* const c = t.c + i * t.c_row + g * L;
      Vector result = sum[i][g];
      if (t.add) result = hn::Add(load_first(d, c, here), result);
      if (t.bias != nullptr) {
        const Vector bias =
            t.bias_column != 0 ? load_first(d, t.bias + g * L, here) : hn::Set(d, t.bias[i * t.bias_row]);
        result = hn::Add(result, bias);
      }
      store_first(d, result, c, here);
    }
  }
}

template <class T, int... R>
constexpr std::array<void (*)(const TileArguments<T>&, Index), sizeof...(R)> make_dots_tiles(
    std::integer_sequence<int, R...>) {
  return {dots_tile<T, R + 1, vectors_of_dots(R + 1)>...};
}

// All rows at once, at most most_rows_of_dots.
template <class T>
void product_dots(const ProductPlan& plan, const void* a_data, const void* b_data, void* c_data, std::byte*, int part,
                  const void* bias) {
  constexpr auto tiles_of = make_dots_tiles<T>(std::make_integer_sequence<int, most_rows_of_dots>());
  const ProductShape& s = plan.inner;
  const ProductRange range = inner_range(plan, part);
  const auto tile = tiles_of[static_cast<std::size_t>(range.rows - 1)];
  const Index width = vectors_of_dots(range.rows) * lanes<T>;
  const T* const a = static_cast<const T*>(plan.transposed ? b_data : a_data);
  const T* const b = static_cast<const T*>(plan.transposed ? a_data : b_data);
  for (Index column = range.column; column < range.column + range.columns; column += width) {
    TileArguments<T> t = small_arguments<T>(plan);
    t.c = static_cast<T*>(c_data) + range.row * t.c_row + column;
    t.columns = std::min(width, range.column + range.columns - column);
    for (Index start = 0; start < s.terms; start += product_chunk) {
      t.a = a + range.row * t.a_row + start * t.a_term;
      t.b = b + column * s.b.column_stride + start;
      t.terms = std::min(product_chunk, s.terms - start);
      t.add = start > 0;
      if (start + t.terms == s.terms) take_bias(t, plan, bias, range.row, column);
      tile(t, s.b.column_stride);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace backprop::cpu
HWY_AFTER_NAMESPACE();
#endif
