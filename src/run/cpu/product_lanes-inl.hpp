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
inline constexpr int most_rows_at_once = 6;
template <class T> constexpr int rows_at_once(int columns) {
  return std::clamp(sums_at_once<T> / columns, 1, most_rows_at_once);
}

// Few rows take as many columns as leave no register idle, so that B is read seldom; one row waits for the lines of B,
// which come best from few places at once.
template <class T> constexpr int columns_for(Index rows) {
  constexpr Index few_rows = 16, rows_of_a_pass = 5;
  if (rows > few_rows) return columns_at_once<T>;
  const Index passes = (rows + rows_of_a_pass - 1) / rows_of_a_pass;
  const Index height = rows == 1 ? most_rows_at_once : (rows + passes - 1) / passes;
  return std::clamp(sums_at_once<T> / static_cast<int>(height), 1, columns_at_once<T>);
}

// `count` tiles, one behind the other along the rows of A or along the columns of B. The terms of a row and of a column
// lie next to each other.
template <class T> struct LanesArguments {
  const T* a = nullptr;
  const T* b = nullptr;
  Index a_row = 0, b_column = 0, terms = 0;
  T* c = nullptr;
  MatrixLayout c_layout;
  const T* bias = nullptr;  // of each column, where not null
  Index count = 0;
  Index a_step = 0, b_step = 0, c_step = 0, bias_step = 0;  // from one tile to the next
};

template <class T, int R, int C> HWY_NOINLINE void lanes_tiles(const LanesArguments<T>& arguments) {
  LanesArguments<T> t = arguments;  // what is stored to C may be the arguments, for all the compiler knows
  const ProductLaneTag<T> d;
  using Vector = hn::Vec<ProductLaneTag<T>>;
  constexpr Index V = lane_vectors<T>, L = product_lanes / V;
  constexpr int kept = (HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 31 : 15) - R * C * static_cast<int>(V);
  const Index whole = t.terms - t.terms % product_lanes;
  for (; t.count > 0; --t.count, t.a += t.a_step, t.b += t.b_step, t.c += t.c_step) {
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
    const auto take = [&](Index k, Index v, auto&& load, auto&& select) HWY_ATTR {
      Vector y[C];
#pragma GCC unroll 8
      for (int j = 0; j < C; ++j) {
        y[j] = load(b[j] + k + v * L);
        if (R > 1 && j < kept) y[j] = keep(y[j]);
      }
#pragma GCC unroll 8
      for (int i = 0; i < R; ++i) {
        Vector x = load(a[i] + k + v * L);
        if (C > 1) x = keep(x);
#pragma GCC unroll 8
        for (int j = 0; j < C; ++j) {
          Vector& s = sum[i * C + j][v];
          s = select(hn::MulAdd(x, y[j], s), s);
        }
      }
    };
    for (Index k = 0; k < whole; k += product_lanes) {
#pragma GCC unroll 16
      for (Index v = 0; v < V; ++v) {
        take(
            k, v, [&](const T* from) HWY_ATTR { return hn::LoadU(d, from); }, [](Vector next, Vector) { return next; });
      }
    }
#pragma GCC unroll 16
    for (Index v = 0; v < V; ++v) {
      const Index present = std::min(L, t.terms - whole - v * L);
      if (present <= 0) break;
      const auto rest = static_cast<std::size_t>(present);
      const auto mask = hn::FirstN(d, rest);
      take(
          whole, v, [&](const T* from) HWY_ATTR { return load_first(d, from, rest); },
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
    const auto store = [&](Index column_stride, auto&& add_bias) {
#pragma GCC unroll 8
      for (int i = 0; i < R; ++i) {
        T* const c = t.c + i * t.c_layout.row_stride;
#pragma GCC unroll 8
        for (int j = 0; j < C; ++j) c[j * column_stride] = add_bias(results[place_of_sum(i * C + j, L)], j);
      }
    };
    if (t.bias != nullptr) {
      store(t.c_layout.column_stride, [&](T result, int j) { return result + t.bias[j]; });
      t.bias += t.bias_step;
    } else if (t.c_layout.column_stride == 1) {
      store(1, [](T result, int) { return result; });
    } else {
      store(t.c_layout.column_stride, [](T result, int) { return result; });
    }
  }
}

template <class T> using LanesByRows = std::array<void (*)(const LanesArguments<T>&), most_rows_at_once>;
template <class T, int C, int... R> constexpr LanesByRows<T> make_lanes_by_rows(std::integer_sequence<int, R...>) {
  return {lanes_tiles<T, R + 1, C>...};
}
template <class T, int... C>
constexpr std::array<LanesByRows<T>, sizeof...(C)> make_lanes_by_columns(std::integer_sequence<int, C...>) {
  return {make_lanes_by_rows<T, C + 1>(std::make_integer_sequence<int, rows_at_once<T>(C + 1)>())...};
}

// All rows and columns of t, which is used up: a few columns row by row, more of them for a few rows at a time, so that
// A is read once.
template <class T> void lanes_block(LanesArguments<T>& t, Index rows, Index columns) {
  static constexpr auto tiles_of = make_lanes_by_columns<T>(std::make_integer_sequence<int, columns_at_once<T>>());
  const bool along_rows = columns <= columns_at_once<T>;
  if (along_rows && rows <= most_rows_at_once) {
    const auto tile = tiles_of[static_cast<std::size_t>(columns - 1)][static_cast<std::size_t>(rows - 1)];
    if (tile != nullptr) {
      t.count = 1;
      return tile(t);
    }
  }
  const auto tiles = [&](Index height, Index width, Index count) {
    if (count == 0) return;
    t.count = count;
    if (along_rows) {
      t.a_step = height * t.a_row, t.c_step = height * t.c_layout.row_stride;
    } else {
      t.b_step = width * t.b_column, t.c_step = width * t.c_layout.column_stride, t.bias_step = width;
    }
    tiles_of[static_cast<std::size_t>(width - 1)][static_cast<std::size_t>(height - 1)](t);
    t.a += count * t.a_step, t.b += count * t.b_step, t.c += count * t.c_step;
    if (t.bias != nullptr) t.bias += count * t.bias_step;
  };
  if (along_rows) {
    const Tiles heights(rows, rows_at_once<T>(static_cast<int>(columns)));
    tiles(heights.low + 1, columns, heights.higher);
    tiles(heights.low, columns, heights.count - heights.higher);
    return;
  }
  const Tiles widths(columns, columns_for<T>(rows)), heights(rows, rows_at_once<T>(widths.rows(0)));
  LanesArguments<T> row = t;
  for (Index i = 0; i < heights.count; ++i) {
    const int height = heights.rows(i);
    t = row;
    tiles(height, widths.low + 1, widths.higher);
    tiles(height, widths.low, widths.count - widths.higher);
    row.a += height * t.a_row;
    row.c += height * t.c_layout.row_stride;
  }
}

// Columns whose terms do not lie next to each other are written so into the scratch first; likewise rows, in the rare
// case that theirs do not.
template <class T>
void product_in_lanes(const ProductPlan& plan, const void* a_data, const void* b_data, void* c_data, std::byte* scratch,
                      int part, const void* bias) {
  const ProductShape& s = plan.inner;
  const ProductRange range = inner_range(plan, part);
  if (range.rows == 0 || range.columns == 0) return;
  LanesArguments<T> t{.a = static_cast<const T*>(a_data) + range.row * s.a.row_stride,
                      .b = static_cast<const T*>(b_data) + range.column * s.b.column_stride,
                      .a_row = s.a.row_stride,
                      .b_column = s.b.column_stride,
                      .terms = s.terms,
                      .c = static_cast<T*>(c_data) + range.row * s.c.row_stride + range.column * s.c.column_stride,
                      .c_layout = s.c};
  if (!plan.pack_a && !plan.pack_b) {
    if (bias != nullptr) t.bias = static_cast<const T*>(bias) + range.column;
    return lanes_block(t, range.rows, range.columns);
  }
  const T* const a = t.a;
  const T* const b = t.b;
  T* const a_rows = reinterpret_cast<T*>(scratch);
  T* const b_columns = reinterpret_cast<T*>(scratch + plan.b_offset);
  if (plan.pack_a) t.a = a_rows, t.a_row = rows_stride(s.terms, lanes<T>);
  if (plan.pack_b) t.b = b_columns, t.b_column = rows_stride(s.terms, lanes<T>);
  const Index row_block = plan.pack_a ? product_block_rows : range.rows;
  const Index column_block = plan.pack_b ? product_block_rows : range.columns;
  for (Index column = 0; column < range.columns; column += column_block) {
    const Index columns = std::min(column_block, range.columns - column);
    if (plan.pack_b) {
      write_rows(b + column * s.b.column_stride, s.b.row_stride, s.b.column_stride, s.terms, columns, b_columns,
                 t.b_column);
    }
    LanesArguments<T> block = t;
    if (bias != nullptr) block.bias = static_cast<const T*>(bias) + range.column + column;
    block.c += column * s.c.column_stride;
    for (Index row = 0; row < range.rows; row += row_block) {
      const Index rows = std::min(row_block, range.rows - row);
      if (plan.pack_a) {
        write_rows(a + row * s.a.row_stride, s.a.column_stride, s.a.row_stride, s.terms, rows, a_rows, t.a_row);
      }
      LanesArguments<T> rest = block;
      lanes_block(rest, rows, columns);
      block.c += rows * s.c.row_stride;
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace backprop::cpu
HWY_AFTER_NAMESPACE();
#endif
