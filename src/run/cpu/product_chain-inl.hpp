// A link of the sums of few rows: some of their terms; and products of such links. Included once for every instruction
// set. Thread safety: pure functions.
#if defined(BACKPROP_PRODUCT_CHAIN_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_PRODUCT_CHAIN_INL
#undef BACKPROP_PRODUCT_CHAIN_INL
#else
#define BACKPROP_PRODUCT_CHAIN_INL
#endif

#include <algorithm>
#include <cstddef>

#include "run/cpu/product_plan.hpp"
#include "run/cpu/product_tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu {
namespace HWY_NAMESPACE {

// Vectors of a tile of R rows: chains side by side, which hide the latency of one, as many as there are registers for.
template <int R>
inline constexpr int vectors_of_link = R <= 2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 4 : 2;

// Rows of a tile: the first one's number, and the tile's among all.
struct LinkRows {
  Index row, tile, tiles;
};

// R rows of so many columns, at most vectors_of_link vectors.
template <class T, int R, Load load>
void link_tile(const ChainLink<T>& link, const LinkRows& rows, Index column, Index columns) {
  const hn::ScalableTag<T> d;
  using Vector = hn::Vec<decltype(d)>;
  constexpr Index L = lanes<T>;
  constexpr int V = vectors_of_link<R>;
  const auto here = [&](Index j) { return static_cast<std::size_t>(std::clamp<Index>(columns - j * L, 0, L)); };
  const auto get = [&](const T* from, Index j) HWY_ATTR {
    return load == Load::whole ? hn::LoadU(d, from + j * L) : load_first(d, from + j * L, here(j));
  };
  const auto put = [&](Vector v, T* to, Index j) HWY_ATTR {
    load == Load::whole ? hn::StoreU(v, d, to + j * L) : store_first(d, v, to + j * L, here(j));
  };
  const Index row = rows.row, a_row = link.a_row, a_term = link.a_term, b_term = link.b_term, ahead = link.ahead;
  // Each tile of rows fetches its share of the next vectors, so that none waits for memory while the others compute.
  const Index fetch = ahead == 0 ? 0 : rows.tile * V / rows.tiles;
  const Index fetch_end = ahead == 0 ? 0 : (rows.tile + 1) * V / rows.tiles;
  for (Index start = link.begin; start < link.end;) {
    const Index chunk = start / product_chunk;
    const Index end = std::min(link.end, (chunk + 1) * product_chunk);
    Vector sum[R][V];
#pragma GCC unroll 4
    for (int i = 0; i < R; ++i) {
      const T* const partial = link.partial + (row + i) * link.partial_row + column;
#pragma GCC unroll 4
      for (int j = 0; j < V; ++j) sum[i][j] = start % product_chunk == 0 ? hn::Zero(d) : get(partial, j);
    }
    const T* a = link.a + row * a_row + start * a_term;
    const T* b = link.b + start * b_term + column;
    for (Index k = start; k < end; ++k, a += a_term, b += b_term) {
      for (Index j = fetch; j < fetch_end; ++j) __builtin_prefetch(b + ahead + j * L, 0, 2);
      Vector y[V];
#pragma GCC unroll 4
      for (int j = 0; j < V; ++j) y[j] = R > 1 ? keep(get(b, j)) : get(b, j);
#pragma GCC unroll 4
      for (int i = 0; i < R; ++i) {
        const Vector x = hn::Set(d, a[i * a_row]);
#pragma GCC unroll 4
        for (int j = 0; j < V; ++j) sum[i][j] = hn::MulAdd(x, y[j], sum[i][j]);
      }
    }
    const bool whole_chunk = end % product_chunk == 0 || end == link.terms;
    const bool last = end == link.terms && link.bias != nullptr;
#pragma GCC unroll 4
    for (int i = 0; i < R; ++i) {
      T* const c = link.c + (row + i) * link.c_row + column;
      T* const to = whole_chunk ? c : link.partial + (row + i) * link.partial_row + column;
#pragma GCC unroll 4
      for (int j = 0; j < V; ++j) {
        Vector v = sum[i][j];
        if (whole_chunk && chunk > 0) v = hn::Add(get(c, j), v);
        if (last) v = hn::Add(v, get(link.bias + column, j));
        put(v, to, j);
      }
    }
    start = end;
  }
}

template <class T, int R> void link_rows(const ChainLink<T>& link, const LinkRows& rows) {
  constexpr Index width = vectors_of_link<R> * lanes<T>;
  Index column = 0;
  for (; column + width <= link.columns; column += width) link_tile<T, R, Load::whole>(link, rows, column, width);
  if (column < link.columns) link_tile<T, R, Load::part>(link, rows, column, link.columns - column);
}

template <class T> void chain_link(const ChainLink<T>& link) {
  const Tiles heights(link.rows, 4);
  LinkRows rows{0, 0, heights.count};
  for (; rows.tile < heights.count; rows.row += heights.rows(rows.tile++)) {
    switch (heights.rows(rows.tile)) {
      case 1: link_rows<T, 1>(link, rows); break;
      case 2: link_rows<T, 2>(link, rows); break;
      case 3: link_rows<T, 3>(link, rows); break;
      default: link_rows<T, 4>(link, rows);
    }
  }
}

// Few rows with a matrix that the nearest caches do not hold: some of its rows at a time stream by from end to end, or
// where no cache holds it a page of each, while the next ones are fetched. (8 x 3,000 x 3,000: 4.4 ms in tiles that read
// all terms, 1.7 so; 32 x 2,048 x 2,048: 3.4 packed, 2.6 so.)
template <class T>
void product_streamed(const ProductPlan& plan, const void* a_data, const void* b_data, void* c_data, std::byte* scratch,
                      int part, const void* bias) {
  const Index terms_at_once = plan.fetch_b ? 64 : 32;
  const ProductShape& s = plan.inner;
  const ProductRange range = inner_range(plan, part);
  for (Index column = 0; column < range.columns; column += plan.column_block) {
    const Index first = range.column + column, columns = std::min(plan.column_block, range.columns - column);
    ChainLink<T> link{.a = static_cast<const T*>(a_data) + range.row * s.a.row_stride,
                      .a_row = s.a.row_stride,
                      .a_term = s.a.column_stride,
                      .b = static_cast<const T*>(b_data) + first,
                      .b_term = s.b.row_stride,
                      .partial = reinterpret_cast<T*>(scratch),
                      .partial_row = columns,
                      .c = static_cast<T*>(c_data) + range.row * s.c.row_stride + first,
                      .c_row = s.c.row_stride,
                      .bias = bias != nullptr ? static_cast<const T*>(bias) + first : nullptr,
                      .rows = range.rows,
                      .columns = columns,
                      .terms = s.terms};
    for (; link.begin < s.terms; link.begin = link.end) {
      link.end = std::min(link.begin + terms_at_once, s.terms);
      link.ahead = plan.fetch_b && link.end < s.terms ? terms_at_once * s.b.row_stride : 0;
      chain_link(link);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace backprop::cpu
HWY_AFTER_NAMESPACE();
#endif
