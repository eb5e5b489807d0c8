// Products of few terms: to write C is most of it, so its rows are written from end to end, a few at a time.
// Included once for every instruction set. Thread safety: pure functions.
#if defined(BACKPROP_PRODUCT_FEW_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_PRODUCT_FEW_INL
#undef BACKPROP_PRODUCT_FEW_INL
#else
#define BACKPROP_PRODUCT_FEW_INL
#endif

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "run/cpu/product_plan.hpp"
#include "run/cpu/product_rows-inl.hpp"
#include "run/cpu/product_tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu {
namespace HWY_NAMESPACE {

// R rows of `terms` terms. Every element of A is held in a register.
template <int R, int terms, class T> HWY_INLINE void few_rows(const TileArguments<T>& t) {
  const hn::ScalableTag<T> d;
  using Vector = hn::Vec<decltype(d)>;
  Vector x[R][terms], along[R];
  const T* b[terms];
  T* c[R];
#pragma GCC unroll 8
  for (int k = 0; k < terms; ++k) b[k] = t.b + k * t.b_term;
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) {
    c[i] = t.c + i * t.c_row;
    along[i] = t.bias != nullptr ? hn::Set(d, t.bias[i * t.bias_row]) : hn::Zero(d);
#pragma GCC unroll 8
    for (int k = 0; k < terms; ++k) x[i][k] = hn::Set(d, t.a[i * t.a_row + k * t.a_term]);
  }
  const bool has_bias = t.bias != nullptr;
  const T* const bias = t.bias_column != 0 ? t.bias : nullptr;
  const Index columns = t.columns;
  const auto pass = [&](Index j, auto&& load, auto&& store) HWY_ATTR {
    Vector y[terms];
#pragma GCC unroll 8
    for (int k = 0; k < terms; ++k) y[k] = load(b[k] + j);
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) {
      Vector sum = hn::MulAdd(x[i][0], y[0], hn::Zero(d));
#pragma GCC unroll 8
      for (int k = 1; k < terms; ++k) sum = hn::MulAdd(x[i][k], y[k], sum);
      if (has_bias) sum = hn::Add(sum, bias != nullptr ? load(bias + j) : along[i]);
      store(sum, c[i] + j);
    }
  };
  Index j = 0;
  for (; j + lanes<T> <= columns; j += lanes<T>) {
    pass(
        j, [&](const T* from) HWY_ATTR { return hn::LoadU(d, from); },
        [&](Vector v, T* to) HWY_ATTR { hn::StoreU(v, d, to); });
  }
  if (j < columns) {
    const auto rest = static_cast<std::size_t>(columns - j);
    pass(
        j, [&](const T* from) HWY_ATTR { return load_first(d, from, rest); },
        [&](Vector v, T* to) HWY_ATTR { store_first(d, v, to, rest); });
  }
}

template <int terms, class T> void few_block(TileArguments<T> t, Index rows) {
  // As many as there are registers for, and a divisor of most numbers of rows.
  constexpr int most = (HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON) && terms <= 4 ? 4 : 2;
  const auto next = [&](int done) {
    t.a += done * t.a_row, t.c += done * t.c_row;
    if (t.bias != nullptr) t.bias += done * t.bias_row;
  };
  for (; rows >= most; rows -= most) {
    few_rows<most, terms>(t);
    next(most);
  }
  for (; rows > 0; --rows) {
    few_rows<1, terms>(t);
    next(1);
  }
}

// Columns that V vectors hold: all of B stays in registers.
template <int terms, int V, class T> void few_columns_block(TileArguments<T> t, Index rows) {
  const hn::ScalableTag<T> d;
  using Vector = hn::Vec<decltype(d)>;
  const T* const along = t.bias_column != 0 ? t.bias : nullptr;
  const T* const down = t.bias_column != 0 ? nullptr : t.bias;
  std::size_t here[V];
  Vector y[terms][V], bias[V];
#pragma GCC unroll 2
  for (int j = 0; j < V; ++j) {
    here[j] = static_cast<std::size_t>(std::min(t.columns - j * lanes<T>, lanes<T>));
    bias[j] = along != nullptr ? load_first(d, along + j * lanes<T>, here[j]) : hn::Zero(d);
#pragma GCC unroll 8
    for (int k = 0; k < terms; ++k) y[k][j] = load_first(d, t.b + k * t.b_term + j * lanes<T>, here[j]);
  }
  for (Index i = 0; i < rows; ++i) {
    const T* const a = t.a + i * t.a_row;
    T* const c = t.c + i * t.c_row;
#pragma GCC unroll 2
    for (int j = 0; j < V; ++j) {
      Vector sum = hn::MulAdd(hn::Set(d, a[0]), y[0][j], hn::Zero(d));
#pragma GCC unroll 8
      for (int k = 1; k < terms; ++k) sum = hn::MulAdd(hn::Set(d, a[k * t.a_term]), y[k][j], sum);
      if (along != nullptr) sum = hn::Add(sum, bias[j]);
      if (down != nullptr) sum = hn::Add(sum, hn::Set(d, down[i * t.bias_row]));
      store_first(d, sum, c + j * lanes<T>, here[j]);
    }
  }
}

template <int terms, class T> void few_terms_block(const TileArguments<T>& t, Index rows) {
  if (t.columns <= lanes<T>) return few_columns_block<terms, 1>(t, rows);
  if (t.columns <= 2 * lanes<T>) return few_columns_block<terms, 2>(t, rows);
  few_block<terms>(t, rows);
}

// Of 1 .. most_few_terms terms.
template <class T, int... terms>
constexpr std::array<void (*)(const TileArguments<T>&, Index), sizeof...(terms)> make_few_blocks(
    std::integer_sequence<int, terms...>) {
  return {few_terms_block<terms + 1, T>...};
}
template <class T>
inline constexpr auto few_blocks = make_few_blocks<T>(std::make_integer_sequence<int, most_few_terms>());

template <class T>
void product_few(const ProductPlan& plan, const void* a_data, const void* b_data, void* c_data, std::byte* scratch,
                 int part, const void* bias) {
  const ProductShape& s = plan.inner;
  // Of columns: their rows of B stay in the first-level cache.
  const Index block = Index{16384} / static_cast<Index>(sizeof(T)) / s.terms / lanes<T> * lanes<T>;
  const T* const a = static_cast<const T*>(plan.transposed ? b_data : a_data);
  const Rows<T> b(plan, static_cast<const T*>(plan.transposed ? a_data : b_data), scratch);
  const ProductRange range = inner_range(plan, part);
  for (Index column = range.column; column < range.column + range.columns; column += block) {
    TileArguments<T> t = small_arguments<T>(plan);
    t.a = a + range.row * t.a_row;
    t.b = b.data + column, t.b_term = b.stride;
    t.c = static_cast<T*>(c_data) + range.row * t.c_row + column;
    t.columns = std::min(block, range.column + range.columns - column);
    if (bias != nullptr) t.bias = static_cast<const T*>(bias) + range.row * t.bias_row + column * t.bias_column;
    few_blocks<T>[static_cast<std::size_t>(s.terms - 1)](t, range.rows);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace backprop::cpu
HWY_AFTER_NAMESPACE();
#endif
