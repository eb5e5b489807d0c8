// Sums in lanes of few rows, B read as it lies: a vector for each lane, which runs along the columns, so that B need
// not be written in columns first. Included once for every instruction set. Thread safety: pure functions.
#if defined(BACKPROP_PRODUCT_LANE_ROWS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_PRODUCT_LANE_ROWS_INL
#undef BACKPROP_PRODUCT_LANE_ROWS_INL
#else
#define BACKPROP_PRODUCT_LANE_ROWS_INL
#endif

#include <algorithm>
#include <array>
#include <utility>

#include "run/cpu/product_plan.hpp"
#include "run/cpu/product_tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu {
namespace HWY_NAMESPACE {

// One row's columns.
template <class T> using LaneRowTag = hn::CappedTag<T, 8>;
// Half of the lanes at a time, for as many rows as there are registers for.
inline constexpr Index lanes_at_once = product_lanes / 2;
inline constexpr int most_lane_rows = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 3 : 1;

template <class T, int R> HWY_NOINLINE void lane_rows_tile(const TileArguments<T>& t) noexcept {
  const LaneRowTag<T> d;
  using Vector = hn::Vec<decltype(d)>;
  const auto columns = static_cast<std::size_t>(t.columns);
  const Index terms = t.terms, a_row = t.a_row, a_term = t.a_term, b_term = t.b_term;
  Vector first[R][lanes_at_once], sum[R][lanes_at_once];
  const auto add_half = [&](Index half) HWY_ATTR {
#pragma GCC unroll 4
    for (int i = 0; i < R; ++i) {
#pragma GCC unroll 8
      for (Index l = 0; l < lanes_at_once; ++l) sum[i][l] = hn::Zero(d);
    }
    const T* a = t.a + half * a_term;
    const T* b = t.b + half * b_term;
    const auto take = [&](Index l) HWY_ATTR {
      const Vector y = load_first(d, b + l * b_term, columns);
#pragma GCC unroll 4
      for (int i = 0; i < R; ++i) sum[i][l] = hn::MulAdd(hn::Set(d, a[i * a_row + l * a_term]), y, sum[i][l]);
    };
    Index k = half;
    for (; k + lanes_at_once <= terms; k += product_lanes, a += product_lanes * a_term, b += product_lanes * b_term) {
#pragma GCC unroll 8
      for (Index l = 0; l < lanes_at_once; ++l) take(l);
    }
#pragma GCC unroll 8
    for (Index l = 0; l < lanes_at_once; ++l) {
      if (k + l < terms) take(l);
    }
  };
  add_half(0);
#pragma GCC unroll 4
  for (int i = 0; i < R; ++i) std::copy_n(sum[i], lanes_at_once, first[i]);
  add_half(lanes_at_once);
#pragma GCC unroll 4
  for (int i = 0; i < R; ++i) {
#pragma GCC unroll 8
    for (Index l = 0; l < lanes_at_once; ++l) sum[i][l] = hn::Add(first[i][l], sum[i][l]);
#pragma GCC unroll 4
    for (Index half = lanes_at_once / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
      for (Index l = 0; l < half; ++l) sum[i][l] = hn::Add(sum[i][l], sum[i][l + half]);
    }
    Vector result = sum[i][0];
    if (t.bias != nullptr) result = hn::Add(result, load_first(d, t.bias, columns));
    store_first(d, result, t.c + i * t.c_row, columns);
  }
}

template <class T, int... R>
constexpr std::array<TileFunction<T>, sizeof...(R)> make_lane_rows_tiles(std::integer_sequence<int, R...>) {
  return {lane_rows_tile<T, R + 1>...};
}

template <class T>
void product_lane_rows(const ProductPlan& plan, const void* a_data, const void* b_data, void* c_data, std::byte*,
                       int part, const void* bias) {
  constexpr auto tiles_of = make_lane_rows_tiles<T>(std::make_integer_sequence<int, most_lane_rows>());
  const ProductRange range = inner_range(plan, part);
  TileArguments<T> t = small_arguments<T>(plan);
  t.a = static_cast<const T*>(a_data) + range.row * t.a_row;
  t.b = static_cast<const T*>(b_data);
  t.c = static_cast<T*>(c_data) + range.row * t.c_row;
  t.bias = static_cast<const T*>(bias);
  const Tiles heights(range.rows, most_lane_rows);
  for (Index i = 0; i < heights.count; ++i) {
    const int rows = heights.rows(i);
    tiles_of[static_cast<std::size_t>(rows - 1)](t);
    t.a += rows * t.a_row;
    t.c += rows * t.c_row;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace backprop::cpu
HWY_AFTER_NAMESPACE();
#endif
