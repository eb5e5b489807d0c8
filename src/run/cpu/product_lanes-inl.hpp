// Products whose sums are taken in lanes: rows of A and columns of B are read as vectors of their terms. Included once
// for every instruction set. Thread safety: pure functions.
#if defined(BACKPROP_PRODUCT_LANES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_PRODUCT_LANES_INL
#undef BACKPROP_PRODUCT_LANES_INL
#else
#define BACKPROP_PRODUCT_LANES_INL
#endif

#include <algorithm>
#include <array>
#include <utility>

#include "run/cpu/product_plan.hpp"
#include "run/cpu/product_rows-inl.hpp"
#include "run/cpu/vector_sums-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu {
namespace HWY_NAMESPACE {

template <class T> using ProductLaneTag = hn::CappedTag<T, static_cast<std::size_t>(product_lanes)>;
template <class T> inline constexpr Index lane_vectors = product_lanes / hn::MaxLanes(ProductLaneTag<T>());

// Sums that registers hold at once, and of how many columns and rows.
template <class T>
inline constexpr int sums_at_once = std::max(1, (HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 24 : 10) /
                                                    static_cast<int>(lane_vectors<T>));
template <class T> inline constexpr int columns_at_once = std::min(8, sums_at_once<T>);
template <class T> constexpr int rows_at_once(int columns) { return std::clamp(sums_at_once<T> / columns, 1, 8); }

// Rows of A and columns of B, the terms of each next to each other.
template <class T> struct LanesArguments {
  const T* a = nullptr;
  const T* b = nullptr;
  Index a_row = 0, b_column = 0, terms = 0;
  T* c = nullptr;
  MatrixLayout c_layout;
  const T* bias = nullptr;
};

template <class T, int R, int C> HWY_NOINLINE void lanes_tile(const LanesArguments<T>& t) {
  const ProductLaneTag<T> d;
  using Vector = hn::Vec<ProductLaneTag<T>>;
  constexpr Index V = lane_vectors<T>, L = product_lanes / V;
  Vector sum[R * C][V];
  const T* a[R];
  const T* b[C];
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) a[i] = t.a + i * t.a_row;
#pragma GCC unroll 8
  for (int j = 0; j < C; ++j) b[j] = t.b + j * t.b_column;
#pragma GCC unroll 32
  for (int n = 0; n < R * C; ++n) {
    for (Index v = 0; v < V; ++v) sum[n][v] = hn::Zero(d);
  }
  Index k = 0;
  const auto take = [&](Index v, auto&& load, auto&& select) HWY_ATTR {
    Vector y[C];
#pragma GCC unroll 8
    for (int j = 0; j < C; ++j) y[j] = load(b[j] + k + v * L);
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) {
      const Vector x = load(a[i] + k + v * L);
#pragma GCC unroll 8
      for (int j = 0; j < C; ++j) {
        Vector& s = sum[i * C + j][v];
        s = select(hn::MulAdd(x, y[j], s), s);
      }
    }
  };
  for (; k + product_lanes <= t.terms; k += product_lanes) {
#pragma GCC unroll 16
    for (Index v = 0; v < V; ++v) {
      take(
          v, [&](const T* from) HWY_ATTR { return hn::LoadU(d, from); }, [](Vector next, Vector) { return next; });
    }
  }
#pragma GCC unroll 16
  for (Index v = 0; v < V; ++v) {
    const Index present = std::min(L, t.terms - k - v * L);
    if (present <= 0) break;
    const auto rest = static_cast<std::size_t>(present);
    const auto mask = hn::FirstN(d, rest);
    take(
        v, [&](const T* from) HWY_ATTR { return load_first(d, from, rest); },
        [&](Vector next, Vector before) HWY_ATTR { return hn::IfThenElse(mask, next, before); });
  }
  Vector one[R * C];
#pragma GCC unroll 32
  for (int n = 0; n < R * C; ++n) {
    for (Index half = V / 2; half > 0; half /= 2) {
      for (Index v = 0; v < half; ++v) sum[n][v] = hn::Add(sum[n][v], sum[n][v + half]);
    }
    one[n] = sum[n][0];
  }
  HWY_ALIGN T results[(R * C + L - 1) / L * L];
  sum_lanes<L>(d, one, results);
  const LanesArguments<T> to = t;  // what is stored to C may be the arguments, for all the compiler knows
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < C; ++j) {
      const T result = results[place_of_sum(i * C + j, L)];
      to.c[i * to.c_layout.row_stride + j * to.c_layout.column_stride] =
          to.bias != nullptr ? result + to.bias[j] : result;
    }
  }
}

template <class T, int C, int... R>
constexpr std::array<void (*)(const LanesArguments<T>&), sizeof...(R)> make_lanes_tiles(
    std::integer_sequence<int, R...>) {
  return {lanes_tile<T, R + 1, C>...};
}

// All rows of one group of columns, in tiles of nearly the same height.
template <class T, int C> void lanes_rows(LanesArguments<T> t, Index rows) {
  constexpr int most = rows_at_once<T>(C);
  constexpr auto tiles_of = make_lanes_tiles<T, C>(std::make_integer_sequence<int, most>());
  const Tiles heights(rows, most);
  for (Index i = 0; i < heights.count; ++i) {
    const int height = heights.rows(i);
    tiles_of[static_cast<std::size_t>(height - 1)](t);
    t.a += height * t.a_row;
    t.c += height * t.c_layout.row_stride;
  }
}

template <class T, int... C>
constexpr std::array<void (*)(LanesArguments<T>, Index), sizeof...(C)> make_lanes_rows(
    std::integer_sequence<int, C...>) {
  return {lanes_rows<T, C + 1>...};
}

// Columns whose terms do not lie next to each other are written so into the scratch first; likewise rows, in the rare
// case that theirs do not.
template <class T>
void product_in_lanes(const ProductPlan& plan, const void* a_data, const void* b_data, void* c_data, std::byte* scratch,
                      int part, const void* bias) {
  constexpr auto functions = make_lanes_rows<T>(std::make_integer_sequence<int, columns_at_once<T>>());
  const ProductShape& s = plan.inner;
  const ProductRange range = inner_range(plan, part);
  LanesArguments<T> t{.a = static_cast<const T*>(a_data) + range.row * s.a.row_stride,
                      .b = static_cast<const T*>(b_data),
                      .a_row = s.a.row_stride,
                      .b_column = s.b.column_stride,
                      .terms = s.terms,
                      .c = static_cast<T*>(c_data) + range.row * s.c.row_stride,
                      .c_layout = s.c};
  if (plan.pack_b) {
    T* const columns = reinterpret_cast<T*>(scratch + plan.b_offset);
    t.b_column = rows_stride(s.terms, lanes<T>);
    write_rows(t.b, s.b.row_stride, s.b.column_stride, s.terms, s.columns, columns, t.b_column);
    t.b = columns;
  }
  const auto run = [&](const LanesArguments<T>& rows_of, Index rows) {
    for (Index column = 0; column < s.columns; column += columns_at_once<T>) {
      LanesArguments<T> u = rows_of;
      u.b += column * u.b_column;
      u.c += column * s.c.column_stride;
      if (bias != nullptr) u.bias = static_cast<const T*>(bias) + column;
      functions[static_cast<std::size_t>(std::min<Index>(columns_at_once<T>, s.columns - column) - 1)](u, rows);
    }
  };
  if (!plan.pack_a) return run(t, range.rows);
  t.a_row = rows_stride(s.terms, lanes<T>);
  for (Index row = 0; row < range.rows; row += product_block_rows) {
    LanesArguments<T> u = t;
    u.a = reinterpret_cast<const T*>(scratch);
    u.c += row * s.c.row_stride;
    const Index rows = std::min(product_block_rows, range.rows - row);
    write_rows(t.a + row * s.a.row_stride, s.a.column_stride, s.a.row_stride, s.terms, rows,
               reinterpret_cast<T*>(scratch), t.a_row);
    run(u, rows);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace backprop::cpu
HWY_AFTER_NAMESPACE();
#endif
