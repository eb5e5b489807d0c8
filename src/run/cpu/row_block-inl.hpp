// The row kernels for few columns: a vector's lanes are neighbouring rows, so that nothing is summed across lanes and
// no lane is idle. Same operations in the same order as row.cpp's, hence the same bits. Included inside a
// foreach_target source. Thread safety: pure functions.
#if defined(BACKPROP_ROW_BLOCK_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_ROW_BLOCK_INL_HPP
#undef BACKPROP_ROW_BLOCK_INL_HPP
#else
#define BACKPROP_ROW_BLOCK_INL_HPP
#endif

#include <algorithm>
#include <cstdint>
#include <limits>

#include "hwy/highway.h"
#include "run/cpu/row_kernels.hpp"
#include "run/cpu/vector_math-inl.hpp"
#include "run/cpu/vector_reduce-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The class of a row, -1 where the index is none.
HWY_INLINE std::int64_t class_of(std::int64_t index, std::int64_t columns) {
  return static_cast<std::uint64_t>(index) < static_cast<std::uint64_t>(columns) ? index : -1;
}
template <class T>
HWY_INLINE std::int64_t class_of(const RowTargets<T>& targets, std::int64_t row, std::int64_t columns) {
  return class_of(targets.indices32 != nullptr ? targets.indices32[row] : targets.indices64[row], columns);
}

inline constexpr std::int64_t block_columns = 2 * reduction_lanes;

// Up to `lanes` rows of up to 32 columns, transposed. Of a number of columns known to the compiler (`fixed` above 0) all
// stays in registers.
template <class T, std::int64_t fixed = 0> struct RowBlock {
  static constexpr auto lanes = static_cast<std::int64_t>(hn::MaxLanes(LaneTag<T>()));
  using V = hn::Vec<LaneTag<T>>;
  alignas(64) T at[(fixed > 0 ? fixed : block_columns) * lanes];
  std::int64_t rows, given_columns;

  HWY_INLINE std::int64_t columns() const { return fixed > 0 ? fixed : given_columns; }

  HWY_INLINE RowBlock(const T* x, std::int64_t rows, std::int64_t columns) : rows(rows), given_columns(columns) {
    // Element by element, a vector would wait until all its elements are written.
    const LaneTag<T> d;
    V v[4];
    if (rows == lanes && this->columns() == 2) {
      hn::LoadInterleaved2(d, x, v[0], v[1]);
    } else if (rows == lanes && this->columns() == 3) {
      hn::LoadInterleaved3(d, x, v[0], v[1], v[2]);
    } else if (rows == lanes && this->columns() == 4) {
      hn::LoadInterleaved4(d, x, v[0], v[1], v[2], v[3]);
    } else {
      transpose(x);
      return;
    }
    for (std::int64_t c = 0; c < this->columns(); ++c) set(c, v[c]);
  }
  HWY_INLINE void transpose(const T* x) {
    for (std::int64_t c = 0; rows < lanes && c < columns(); ++c) std::fill_n(at + c * lanes, lanes, T(0));
    for (std::int64_t r = 0; r < rows; ++r, x += columns()) {
      for (std::int64_t c = 0; c < columns(); ++c) at[c * lanes + r] = x[c];
    }
  }
  HWY_INLINE void write(T* y) const {
    const LaneTag<T> d;
    if (rows == lanes && columns() == 2) return hn::StoreInterleaved2(column(0), column(1), d, y);
    if (rows == lanes && columns() == 3) return hn::StoreInterleaved3(column(0), column(1), column(2), d, y);
    if (rows == lanes && columns() == 4) {
      return hn::StoreInterleaved4(column(0), column(1), column(2), column(3), d, y);
    }
    for (std::int64_t r = 0; r < rows; ++r, y += columns()) {
      for (std::int64_t c = 0; c < columns(); ++c) y[c] = at[c * lanes + r];
    }
  }
  HWY_INLINE V column(std::int64_t c) const { return hn::Load(LaneTag<T>(), at + c * lanes); }
  HWY_INLINE void set(std::int64_t c, V v) { hn::Store(v, LaneTag<T>(), at + c * lanes); }
  // Every column by f.
  template <class F> HWY_INLINE void map(F f) {
    for (std::int64_t c = 0; c < columns(); ++c) set(c, f(column(c)));
  }
  // The contract's reduction of every row: column c is virtual lane c of the first 16 terms. What is combined with the
  // identity stays as it is, so that is left out.
  template <Reduction kind> HWY_INLINE V reduced() const {
    const LaneTag<T> d;
    const Combine<kind> combine;
    const std::int64_t n = std::min(columns(), reduction_lanes);
    alignas(64) T sums[(fixed > 0 ? fixed : reduction_lanes) * lanes];
    const auto identity = hn::Set(d, reduction_identity<T>(kind));
    for (std::int64_t l = 0; l < n; ++l) {
      auto v = combine(d, identity, column(l));
      if (l + reduction_lanes < columns()) v = combine(d, v, column(l + reduction_lanes));
      hn::Store(v, d, sums + l * lanes);
    }
    for (std::int64_t half = reduction_lanes / 2; half > 0; half /= 2) {
      for (std::int64_t l = 0; l < half && l + half < n; ++l) {
        T* const left = sums + l * lanes;
        hn::Store(combine(d, hn::Load(d, left), hn::Load(d, left + half * lanes)), d, left);
      }
    }
    return hn::Load(d, sums);
  }
  // The first rows' lanes.
  HWY_INLINE void write_lanes(V v, T* to) const {
    if (rows == lanes) return hn::StoreU(v, LaneTag<T>(), to);
    alignas(64) T all[lanes];
    hn::Store(v, LaneTag<T>(), all);
    std::copy_n(all, rows, to);
  }
};

// Makes a block exp(x - m) and gives the sum of each row.
template <class T, std::int64_t fixed>
HWY_INLINE hn::Vec<LaneTag<T>> exponentials(RowBlock<T, fixed>& block, hn::Vec<LaneTag<T>> m) {
  block.map([&](auto v) HWY_ATTR { return exp(LaneTag<T>(), hn::Sub(v, m)); });
  return block.template reduced<Reduction::sum>();
}

template <class T> void softmax_block(const T* x, std::int64_t rows, std::int64_t columns, T* y) {
  const LaneTag<T> d;
  RowBlock<T> block(x, rows, columns);
  const auto s = exponentials(block, block.template reduced<Reduction::max>());
  const auto inverse = hn::Div(hn::Set(d, T(1)), s);
  block.map([&](auto e) HWY_ATTR { return hn::Mul(e, inverse); });
  block.write(y);
}

template <class T> void log_softmax_block(const T* x, std::int64_t rows, std::int64_t columns, T* y) {
  const LaneTag<T> d;
  RowBlock<T> block(x, rows, columns), shifted(block);
  const auto m = block.template reduced<Reduction::max>();
  const auto log_sum = log(d, exponentials(block, m));
  shifted.map([&](auto v) HWY_ATTR { return hn::Sub(hn::Sub(v, m), log_sum); });
  shifted.write(y);
}

template <class T> void logsumexp_block(const T* x, std::int64_t rows, std::int64_t columns, T* result) {
  const LaneTag<T> d;
  RowBlock<T> block(x, rows, columns);
  const auto m = block.template reduced<Reduction::max>();
  const auto shift = hn::IfThenElse(hn::Eq(hn::Sub(m, m), hn::Zero(d)), m, hn::Zero(d));
  block.write_lanes(hn::Add(log(d, exponentials(block, shift)), shift), result);
}

// The classes of rows as numbers, -1 where an index is none.
template <class T>
HWY_INLINE hn::Vec<LaneTag<T>> classes_of(const RowTargets<T>& targets, std::int64_t first, std::int64_t rows,
                                          std::int64_t columns) {
  const LaneTag<T> d;
  alignas(64) T classes[RowBlock<T>::lanes];
  if (rows < RowBlock<T>::lanes) hn::Store(hn::Zero(d), d, classes);
  const auto take = [&](const auto* indices) {
    for (std::int64_t r = 0; r < rows; ++r) classes[r] = static_cast<T>(class_of(indices[first + r], columns));
  };
  targets.indices32 != nullptr ? take(targets.indices32) : take(targets.indices64);
  return hn::Load(d, classes);
}

// The logits of the rows' classes, NaN where an index is none.
template <class T, std::int64_t fixed>
HWY_INLINE hn::Vec<LaneTag<T>> pick(const RowBlock<T, fixed>& logits, hn::Vec<LaneTag<T>> classes) {
  const LaneTag<T> d;
  auto picked = hn::Set(d, std::numeric_limits<T>::quiet_NaN());
  for (std::int64_t c = 0; c < logits.columns(); ++c) {
    picked = hn::IfThenElse(hn::Eq(classes, hn::Set(d, static_cast<T>(c))), logits.column(c), picked);
  }
  return picked;
}

// Targets and results begin at row `first` of the arrays given.
template <class T>
void cross_entropy_block(const T* x, const RowTargets<T>& targets, std::int64_t first, std::int64_t rows,
                         std::int64_t columns, T* loss, T* probabilities) {
  const LaneTag<T> d;
  RowBlock<T> block(x, rows, columns);
  const auto m = block.template reduced<Reduction::max>();
  if (targets.distributions != nullptr) {
    RowBlock<T> terms(targets.distributions + first * columns, rows, columns), shifted(block);
    const auto s = exponentials(block, m);
    const auto log_sum = log(d, s), zero = hn::Zero(d);
    for (std::int64_t c = 0; c < columns; ++c) {
      const auto weight = terms.column(c);
      const auto term = hn::Mul(weight, hn::Sub(log_sum, hn::Sub(shifted.column(c), m)));
      terms.set(c, hn::IfThenElse(hn::Eq(weight, zero), zero, term));
    }
    terms.write_lanes(terms.template reduced<Reduction::sum>(), loss + first);
    if (probabilities == nullptr) return;
    const auto inverse = hn::Div(hn::Set(d, T(1)), s);
    block.map([&](auto e) HWY_ATTR { return hn::Mul(e, inverse); });
  } else {
    const auto picked = pick(block, classes_of(targets, first, rows, columns));
    const auto s = exponentials(block, m);
    block.write_lanes(hn::Sub(log(d, s), hn::Sub(picked, m)), loss + first);
    if (probabilities == nullptr) return;
    const auto inverse = hn::Div(hn::Set(d, T(1)), s);
    block.map([&](auto e) HWY_ATTR { return hn::Mul(e, inverse); });
  }
  block.write(probabilities + first * columns);
}

template <std::int64_t fixed, class T>
void cross_entropy_gradient_block(const T* x, const RowTargets<T>& targets, const T* cotangent,
                                  std::int64_t cotangent_stride, std::int64_t first, std::int64_t rows,
                                  std::int64_t columns, T* gradient, T* loss) {
  const LaneTag<T> d;
  RowBlock<T, fixed> block(x, rows, columns);
  const auto m = block.template reduced<Reduction::max>();
  const bool indices = targets.distributions == nullptr;
  const auto classes = indices ? classes_of(targets, first, rows, columns) : hn::Zero(d);
  const auto picked = loss != nullptr ? pick(block, classes) : classes;
  const auto s = exponentials(block, m);
  if (loss != nullptr) block.write_lanes(hn::Sub(log(d, s), hn::Sub(picked, m)), loss + first);
  const auto inverse = hn::Div(hn::Set(d, T(1)), s);
  const auto scale =
      cotangent_stride == 0 ? hn::Set(d, *cotangent) : load_first(d, cotangent + first, static_cast<std::size_t>(rows));
  if (!indices) {
    const RowBlock<T, fixed> wanted(targets.distributions + first * columns, rows, columns);
    const auto total = wanted.template reduced<Reduction::sum>();
    for (std::int64_t c = 0; c < block.columns(); ++c) {
      const auto expected = hn::Mul(hn::Mul(block.column(c), inverse), total);
      block.set(c, hn::Mul(hn::Sub(expected, wanted.column(c)), scale));
    }
  } else {
    const auto one = hn::Set(d, T(1)), none = hn::Set(d, std::numeric_limits<T>::quiet_NaN());
    const auto checked = hn::IfThenElse(hn::Lt(classes, hn::Zero(d)), none, scale);
    for (std::int64_t c = 0; c < block.columns(); ++c) {
      const auto p = hn::Mul(block.column(c), inverse);
      const auto is_class = hn::Eq(classes, hn::Set(d, static_cast<T>(c)));
      block.set(c, hn::Mul(hn::IfThenElse(is_class, hn::Sub(p, one), p), checked));
    }
  }
  block.write(gradient);
}

}  // namespace backprop::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
