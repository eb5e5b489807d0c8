// The register tile of matrix products: a few rows by a few vectors of C, accumulated over the terms of one chunk.
// Included once for every instruction set, by the sources of product kernels only. Thread safety: pure functions.
#if defined(BACKPROP_PRODUCT_TILE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_PRODUCT_TILE_INL
#undef BACKPROP_PRODUCT_TILE_INL
#else
#define BACKPROP_PRODUCT_TILE_INL
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

#include "run/cpu/product_plan.hpp"
#include "run/cpu/vector_memory-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Index = std::ptrdiff_t;

template <class T> inline constexpr Index lanes = static_cast<Index>(hn::MaxLanes(hn::ScalableTag<T>()));

// Rows of a tile of two vectors: two accumulators a row, and three registers for the operands.
inline constexpr int tile_rows = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 14 : 6;

// Rows cut into tiles of nearly the same height.
struct Tiles {
  explicit Tiles(Index rows, int most = tile_rows)
      : count(rows <= most ? rows > 0 : (rows + most - 1) / most),
        low(count <= 1 ? rows : rows / count),
        higher(count <= 1 ? 0 : rows % count) {}
  int rows(Index i) const { return static_cast<int>(low + (i < higher)); }
  Index count, low, higher;
};

// How a tile reads B: whole vectors, or vectors that reach beyond its columns.
enum class Load { whole, part };

// Vectors of 16 bytes, for few columns: where a wider one is worked on in two halves, one of them would be idle.
template <class T> using NarrowTag = hn::CappedTag<T, 16 / sizeof(T)>;

// How A lies: strides known to the compiler spare the tile its address arithmetic.
enum class Left {
  packed,  // as packed panels of A, and B as well
  any
};

// Elements of a packed tile's column of A: its rows, rounded up to whole vectors.
template <class T> inline constexpr Index packed_width = (tile_rows + lanes<T> - 1) / lanes<T>* lanes<T>;

// Vectors of half the width, where those of the whole are worked on in two halves.
template <class T> using HalfTag = hn::CappedTag<T, (HWY_TARGET == HWY_AVX3 ? 32 : 64) / sizeof(T)>;
template <class T> inline constexpr Index half_lanes = static_cast<Index>(hn::MaxLanes(HalfTag<T>()));

// R rows by V vectors, and by one of half their width where `and_half`. Where it fetches, C's lines are on their way
// while terms are taken. One row after the other: all at once they would take every buffer of lines in flight, and A
// and B had to wait, as they do for the stores at the end (2048 x 2048 x 256: 91 to 94 % of the peak, 1779 x 2115 x 30:
// 79 to 88; docs/performance.md).
template <class D, int R, int V, Load load, Left left, bool and_half = false, bool fetches = false,
          class T = hn::TFromD<D>>
HWY_NOINLINE void compute_tile(const TileArguments<T>& t) noexcept {
  const D d;
  const HalfTag<T> half;
  using Vector = hn::Vec<D>;
  constexpr Index L = static_cast<Index>(hn::MaxLanes(D()));
  const auto last_here = static_cast<std::size_t>(std::clamp<Index>(t.columns - V * L, 0, half_lanes<T>));
  Index here[V];  // columns in each vector
#pragma GCC unroll 16
  for (int j = 0; j < V; ++j) here[j] = std::max<Index>(0, std::min(t.columns - j * L, L));
  const Index a_row = left == Left::packed ? 1 : t.a_row;
  const Index a_term = left == Left::packed ? packed_width<T> : t.a_term;
  const Index b_term = left == Left::packed ? V * L : t.b_term;
  const T* b = t.b;
  constexpr int pointers = left == Left::packed ? 1 : (R + 2) / 3;  // one for three rows: address arithmetic of x86
  const T* a[pointers];
#pragma GCC unroll 16
  for (int i = 0; i < pointers; ++i) a[i] = t.a + 3 * i * a_row;

  Vector sum[R][V];
  hn::Vec<HalfTag<T>> last[R];
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < V; ++j) sum[i][j] = hn::Zero(d);
    last[i] = hn::Zero(half);
  }
  const auto take_term = [&]() HWY_ATTR {
    Vector row[V];
#pragma GCC unroll 16
    for (int j = 0; j < V; ++j) {
      row[j] =
          load == Load::part ? load_first(d, b + j * L, static_cast<std::size_t>(here[j])) : hn::LoadU(d, b + j * L);
    }
    const auto row_last = and_half ? load_first(half, b + V * L, last_here) : hn::Zero(half);
    b += b_term;
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
      const T x = left == Left::packed ? a[0][i] : a[i / 3][(i % 3) * a_row];
#pragma GCC unroll 16
      for (int j = 0; j < V; ++j) sum[i][j] = hn::MulAdd(hn::Set(d, x), row[j], sum[i][j]);
      if (and_half) last[i] = hn::MulAdd(hn::Set(half, x), row_last, last[i]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < pointers; ++i) a[i] += a_term;
  };
  // Several terms at a time only where there is little to do for one (the program is 0.7 MB smaller so, and as fast).
  if constexpr (R * V < 8 && !fetches) {
#pragma GCC unroll 4
    for (Index k = t.terms; k > 0; --k) take_term();
  } else {
    Index left_over = t.terms;
    if constexpr (fetches) {
      const Index share = left_over / R;
      const T* row = t.c;
      for (int i = 0; i < R; ++i, row += t.c_row, left_over -= share) {
#pragma GCC unroll 16
        for (int j = 0; j < V; ++j) __builtin_prefetch(row + j * L, 1);
        __builtin_prefetch(row + V * L - 1, 1);
        for (Index k = share; k > 0; --k) take_term();
      }
    }
    for (Index k = left_over; k > 0; --k) take_term();
  }

  // Copies: for all the compiler knows, what is stored to C may be the arguments.
  const Index columns = t.columns, c_row = t.c_row, bias_row = t.bias_row;
  const bool bias_along = t.bias_column != 0;
  const T* const bias = t.bias;
  T* c = t.c;
  if (t.add) {
#pragma GCC unroll 16
    for (int j = 0; j < V; ++j) {
#pragma GCC unroll 16
      for (int i = 0; i < R; ++i) {
        sum[i][j] = hn::Add(load_first(d, c + i * c_row + j * L, static_cast<std::size_t>(here[j])), sum[i][j]);
      }
    }
#pragma GCC unroll 16
    for (int i = 0; i < R && and_half; ++i) {
      last[i] = hn::Add(load_first(half, c + i * c_row + V * L, last_here), last[i]);
    }
  }
  if (bias != nullptr && bias_along) {
#pragma GCC unroll 16
    for (int j = 0; j < V; ++j) {
      const Vector along = load_first(d, bias + j * L, static_cast<std::size_t>(here[j]));
#pragma GCC unroll 16
      for (int i = 0; i < R; ++i) sum[i][j] = hn::Add(sum[i][j], along);
    }
#pragma GCC unroll 16
    for (int i = 0; i < R && and_half; ++i) last[i] = hn::Add(last[i], load_first(half, bias + V * L, last_here));
  } else if (bias != nullptr) {
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
      const Vector all = hn::Set(d, bias[i * bias_row]);
#pragma GCC unroll 16
      for (int j = 0; j < V; ++j) sum[i][j] = hn::Add(sum[i][j], all);
      if (and_half) last[i] = hn::Add(last[i], hn::Set(half, bias[i * bias_row]));
    }
  }
  if (!and_half && columns == V * L) {
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
#pragma GCC unroll 16
      for (int j = 0; j < V; ++j) hn::StoreU(sum[i][j], d, c + j * L);
      c += c_row;
    }
    return;
  }
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < V; ++j) store_first(d, sum[i][j], c + j * L, static_cast<std::size_t>(here[j]));
    if (and_half) store_first(half, last[i], c + V * L, last_here);
    c += c_row;
  }
}

// The tiles of 1 .. tile_rows rows: tiles<...>[rows - 1].
template <class D, int V, Load load, Left left, bool and_half = false, bool fetches = false, int... R>
constexpr std::array<TileFunction<hn::TFromD<D>>, sizeof...(R)> make_tiles(std::integer_sequence<int, R...>) {
  return {compute_tile<D, R + 1, V, load, left, and_half, fetches>...};
}
template <class T, int V, Load load, Left left, int rows = tile_rows>
inline constexpr auto tiles = make_tiles<hn::ScalableTag<T>, V, load, left>(std::make_integer_sequence<int, rows>());
// Those of two vectors for a C that no near cache holds.
template <class T, Left left>
inline constexpr auto fetching_tiles =
    make_tiles<hn::ScalableTag<T>, 2, Load::whole, left, false, true>(std::make_integer_sequence<int, tile_rows>());
// Those of half a vector, and of one and a half, whose columns are never all there are.
template <class T>
inline constexpr auto half_tiles =
    make_tiles<HalfTag<T>, 1, Load::part, Left::any>(std::make_integer_sequence<int, tile_rows>());
template <class T>
inline constexpr auto tiles_and_half =
    make_tiles<hn::ScalableTag<T>, 1, Load::whole, Left::any, true>(std::make_integer_sequence<int, tile_rows>());
// The tiles of one row and 1 .. most_row_vectors vectors: many, so that B is read in long runs (161 columns of 1,866
// terms: 19.5 us in tiles of 8 vectors, 15.2 in one).
inline constexpr int most_row_vectors = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 16 : 8;
template <class T, Load load, int R, int... V>
constexpr std::array<TileFunction<T>, sizeof...(V)> make_row_tiles(std::integer_sequence<int, V...>) {
  return {compute_tile<hn::ScalableTag<T>, R, V + 1, load, Left::any>...};
}
template <class T, Load load>
inline constexpr auto row_tiles = make_row_tiles<T, load, 1>(std::make_integer_sequence<int, most_row_vectors>());
// Those of two rows, of half as many.
template <class T, Load load>
inline constexpr auto two_row_tiles =
    make_row_tiles<T, load, 2>(std::make_integer_sequence<int, most_row_vectors / 2>());
// A tile of one narrow vector has more rows, so that its accumulators hide the latency of one.
inline constexpr int narrow_rows = 12;
template <class T, Load load>
inline constexpr auto narrow_tiles =
    make_tiles<NarrowTag<T>, 1, load, Left::any>(std::make_integer_sequence<int, narrow_rows>());
template <class T> inline constexpr Index narrow_lanes = static_cast<Index>(hn::MaxLanes(NarrowTag<T>()));

}  // namespace HWY_NAMESPACE
}  // namespace backprop::cpu
HWY_AFTER_NAMESPACE();
#endif
