#include "run/cpu/row.hpp"

#include "run/cpu/row_kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run/cpu/row.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "run/cpu/row_block-inl.hpp"
#include "run/cpu/vector_math-inl.hpp"
#include "run/cpu/vector_memory-inl.hpp"
#include "run/cpu/vector_reduce-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu::HWY_NAMESPACE {
namespace {

// The contract's sum of f(vector of x, where it starts, how many of its lanes count) over a row.
template <class T, class F> HWY_INLINE T sum_of(std::int64_t n, F&& f) {
  using Lanes = VirtualLanes<Reduction::sum, T>;
  constexpr auto lanes = static_cast<std::int64_t>(Lanes::lanes);
  T result = 0;
  for (std::int64_t first = 0; first < n || first == 0; first += reduction_chunk) {
    const std::int64_t last = std::min(n, first + reduction_chunk);
    Lanes sums;
    std::int64_t i = first;
    for (; i + reduction_lanes <= last; i += reduction_lanes) {
#pragma GCC unroll 2
      for (std::size_t v = 0; v < Lanes::count; ++v) {
        sums.take(v, f(i + static_cast<std::int64_t>(v) * lanes, Lanes::lanes));
      }
    }
    for (std::size_t v = 0; i < last; ++v, i += lanes) {
      const auto rest = static_cast<std::size_t>(std::min(lanes, last - i));
      sums.take_first(v, f(i, rest), rest);
    }
    const T chunk = sums.combined();
    result = first == 0 ? chunk : result + chunk;
  }
  return result;
}

template <class T> HWY_INLINE hn::Vec<LaneTag<T>> load_some(const T* x, std::size_t n) {
  const LaneTag<T> d;
  return n == hn::Lanes(d) ? hn::LoadU(d, x) : load_first(d, x, n);
}
template <class T> HWY_INLINE void store_some(hn::Vec<LaneTag<T>> v, T* x, std::size_t n) {
  const LaneTag<T> d;
  if (n == hn::Lanes(d))
    hn::StoreU(v, d, x);
  else
    store_first(d, v, x, n);
}

// y[i] = f(vector of x), for a row.
template <class T, class F> HWY_INLINE void map_row(const T* x, std::int64_t n, T* y, F&& f) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(LaneTag<T>()));
  for (std::int64_t i = 0; i < n; i += lanes) {
    const auto count = static_cast<std::size_t>(std::min(lanes, n - i));
    store_some<T>(f(load_some<T>(x + i, count)), y + i, count);
  }
}

template <class T> HWY_INLINE T log_of(T x) {
  const LaneTag<T> d;
  return hn::GetLane(log(d, hn::Set(d, x)));
}

// sum exp(x - m); the terms go to `terms` if it is not null.
template <class T> HWY_INLINE T sum_of_exponentials(const T* x, std::int64_t n, T m, T* terms) {
  const LaneTag<T> d;
  const auto top = hn::Set(d, m);
  return sum_of<T>(n, [&](std::int64_t i, std::size_t count) HWY_ATTR {
    const auto e = exp(d, hn::Sub(load_some<T>(x + i, count), top));
    if (terms != nullptr) store_some<T>(e, terms + i, count);
    return e;
  });
}

// y = e / s for a row.
template <class T> HWY_INLINE void divide_row(const T* e, std::int64_t n, T s, T* y) {
  const auto inverse = hn::Set(LaneTag<T>(), T(1) / s);
  map_row(e, n, y, [&](auto v) HWY_ATTR { return hn::Mul(v, inverse); });
}

// Few columns in blocks of rows, what is left and the others row by row.
template <class T, class Block, class Row>
HWY_INLINE void for_rows(std::int64_t rows, std::int64_t columns, Block&& block, Row&& row) {
  constexpr std::int64_t lanes = RowBlock<T>::lanes;
  constexpr std::int64_t least = 3;
  std::int64_t r = 0;
  if (lanes > 1 && columns > 0 && columns <= block_columns) {
    for (; rows - r >= least; r += std::min(lanes, rows - r)) block(r, std::min(lanes, rows - r));
  }
  for (; r < rows; ++r) row(r);
}

template <class T> void softmax(const T* x, std::int64_t rows, std::int64_t columns, T* y) {
  for_rows<T>(
      rows, columns,
      [&](std::int64_t r, std::int64_t n) { softmax_block(x + r * columns, n, columns, y + r * columns); },
      [&](std::int64_t r) {
        const T* const from = x + r * columns;
        T* const to = y + r * columns;
        const T s = sum_of_exponentials(from, columns, reduce_row<Reduction::max>(from, columns), to);
        divide_row(to, columns, s, to);
      });
}

template <class T> void log_softmax(const T* x, std::int64_t rows, std::int64_t columns, T* y) {
  for_rows<T>(
      rows, columns,
      [&](std::int64_t r, std::int64_t n) { log_softmax_block(x + r * columns, n, columns, y + r * columns); },
      [&](std::int64_t r) {
        const LaneTag<T> d;
        const T* const from = x + r * columns;
        const T m = reduce_row<Reduction::max>(from, columns);
        const auto top = hn::Set(d, m);
        const auto log_sum = hn::Set(d, log_of(sum_of_exponentials<T>(from, columns, m, nullptr)));
        map_row(from, columns, y + r * columns, [&](auto v) HWY_ATTR { return hn::Sub(hn::Sub(v, top), log_sum); });
      });
}

template <class T> void logsumexp(const T* x, std::int64_t rows, std::int64_t columns, T* result) {
  for_rows<T>(
      rows, columns, [&](std::int64_t r, std::int64_t n) { logsumexp_block(x + r * columns, n, columns, result + r); },
      [&](std::int64_t r) {
        const T* const from = x + r * columns;
        const T m = reduce_row<Reduction::max>(from, columns);
        // An infinite m is not subtracted: inf - inf is NaN.
        const T shift = m - m == T(0) ? m : T(0);
        result[r] = log_of(sum_of_exponentials<T>(from, columns, shift, nullptr)) + shift;
      });
}

template <class T>
void cross_entropy_row(const T* x, const RowTargets<T>& targets, std::int64_t r, std::int64_t columns, T* loss, T* y) {
  const LaneTag<T> d;
  const T m = reduce_row<Reduction::max>(x, columns);
  if (targets.distributions == nullptr) {
    const std::int64_t target = class_of(targets, r, columns);
    const T shifted = (target < 0 ? std::numeric_limits<T>::quiet_NaN() : x[target]) - m;
    const T s = sum_of_exponentials(x, columns, m, y);
    if (y != nullptr) divide_row(y, columns, s, y);
    *loss = log_of(s) - shifted;
    return;
  }
  const T s = sum_of_exponentials<T>(x, columns, m, nullptr);
  const T* const t = targets.distributions + r * columns;
  const auto top = hn::Set(d, m), log_sum = hn::Set(d, log_of(s)), inverse = hn::Set(d, T(1) / s), zero = hn::Zero(d);
  *loss = sum_of<T>(columns, [&](std::int64_t i, std::size_t count) HWY_ATTR {
    const auto shifted = hn::Sub(load_some<T>(x + i, count), top);
    const auto weight = load_some<T>(t + i, count);
    if (y != nullptr) store_some<T>(hn::Mul(exp(d, shifted), inverse), y + i, count);
    return hn::IfThenElse(hn::Eq(weight, zero), zero, hn::Mul(weight, hn::Sub(log_sum, shifted)));
  });
}

template <class T>
void cross_entropy(const T* x, RowTargets<T> targets, std::int64_t rows, std::int64_t columns, T* loss,
                   T* probabilities) {
  for_rows<T>(
      rows, columns,
      [&](std::int64_t r, std::int64_t n) {
        cross_entropy_block(x + r * columns, targets, r, n, columns, loss, probabilities);
      },
      [&](std::int64_t r) {
        T* const y = probabilities == nullptr ? nullptr : probabilities + r * columns;
        cross_entropy_row(x + r * columns, targets, r, columns, loss + r, y);
      });
}

template <class T>
void gradient_row(const T* x, const RowTargets<T>& targets, T factor, std::int64_t r, std::int64_t columns, T* gradient,
                  T* loss) {
  const LaneTag<T> d;
  const std::int64_t target = targets.distributions != nullptr ? -1 : class_of(targets, r, columns);
  const T m = reduce_row<Reduction::max>(x, columns);
  const T shifted = (target < 0 ? std::numeric_limits<T>::quiet_NaN() : x[target]) - m;
  const T s = sum_of_exponentials(x, columns, m, gradient);
  const auto inverse = hn::Set(d, T(1) / s);
  if (targets.distributions != nullptr) {
    const T* const t = targets.distributions + r * columns;
    const auto scale = hn::Set(d, factor), total = hn::Set(d, reduce_row<Reduction::sum>(t, columns));
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
    for (std::int64_t i = 0; i < columns; i += lanes) {
      const auto count = static_cast<std::size_t>(std::min(lanes, columns - i));
      const auto expected = hn::Mul(hn::Mul(load_some<T>(gradient + i, count), inverse), total);
      store_some<T>(hn::Mul(hn::Sub(expected, load_some<T>(t + i, count)), scale), gradient + i, count);
    }
    return;
  }
  if (loss != nullptr) *loss = log_of(s) - shifted;
  if (target < 0) factor = std::numeric_limits<T>::quiet_NaN();
  const T at_target = target < 0 ? factor : (gradient[target] * (T(1) / s) - T(1)) * factor;
  const auto scale = hn::Set(d, factor);
  map_row(gradient, columns, gradient, [&](auto e) HWY_ATTR { return hn::Mul(hn::Mul(e, inverse), scale); });
  if (target >= 0) gradient[target] = at_target;
}

template <class T>
void cross_entropy_gradient(const T* x, RowTargets<T> targets, const T* cotangent, std::int64_t cotangent_stride,
                            std::int64_t rows, std::int64_t columns, T* gradient, T* loss) {
  for_rows<T>(
      rows, columns,
      [&](std::int64_t r, std::int64_t n) {
        const auto block = columns == 2   ? cross_entropy_gradient_block<2, T>
                           : columns == 3 ? cross_entropy_gradient_block<3, T>
                           : columns == 4 ? cross_entropy_gradient_block<4, T>
                                          : cross_entropy_gradient_block<0, T>;
        block(x + r * columns, targets, cotangent, cotangent_stride, r, n, columns, gradient + r * columns, loss);
      },
      [&](std::int64_t r) {
        gradient_row(x + r * columns, targets, cotangent[r * cotangent_stride], r, columns, gradient + r * columns,
                     loss == nullptr ? nullptr : loss + r);
      });
}

template <class T> const RowKernels<T>* find() {
  static constexpr RowKernels<T> kernels = {&softmax<T>, &log_softmax<T>, &logsumexp<T>, &cross_entropy<T>,
                                            &cross_entropy_gradient<T>};
  return &kernels;
}

}  // namespace

const RowKernels<float>* find_float_rows() { return find<float>(); }
const RowKernels<double>* find_double_rows() { return find<double>(); }

}  // namespace backprop::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace backprop::cpu {
namespace {

HWY_EXPORT(find_float_rows);
HWY_EXPORT(find_double_rows);

}  // namespace

template <class T> const RowKernels<T>& row_kernels() {
  if constexpr (sizeof(T) == 4)
    return *HWY_DYNAMIC_DISPATCH(find_float_rows)();
  else
    return *HWY_DYNAMIC_DISPATCH(find_double_rows)();
}
template const RowKernels<float>& row_kernels();
template const RowKernels<double>& row_kernels();

template <class T> void softmax_rows(const T* x, std::int64_t rows, std::int64_t columns, T* y) noexcept {
  row_kernels<T>().softmax(x, rows, columns, y);
}

template <class T> void log_softmax_rows(const T* x, std::int64_t rows, std::int64_t columns, T* y) noexcept {
  row_kernels<T>().log_softmax(x, rows, columns, y);
}

template <class T> void logsumexp_rows(const T* x, std::int64_t rows, std::int64_t columns, T* result) noexcept {
  row_kernels<T>().logsumexp(x, rows, columns, result);
}

template <class T>
void softmax_cross_entropy_rows(const T* logits, RowTargets<T> targets, std::int64_t rows, std::int64_t columns,
                                T* loss, T* probabilities) noexcept {
  row_kernels<T>().cross_entropy(logits, targets, rows, columns, loss, probabilities);
}

template <class T>
void softmax_cross_entropy_gradient_rows(const T* logits, RowTargets<T> targets, const T* cotangent,
                                         std::int64_t cotangent_stride, std::int64_t rows, std::int64_t columns,
                                         T* gradient, T* loss) noexcept {
  row_kernels<T>().cross_entropy_gradient(logits, targets, cotangent, cotangent_stride, rows, columns, gradient, loss);
}

template void softmax_rows(const float*, std::int64_t, std::int64_t, float*) noexcept;
template void softmax_rows(const double*, std::int64_t, std::int64_t, double*) noexcept;
template void log_softmax_rows(const float*, std::int64_t, std::int64_t, float*) noexcept;
template void log_softmax_rows(const double*, std::int64_t, std::int64_t, double*) noexcept;
template void logsumexp_rows(const float*, std::int64_t, std::int64_t, float*) noexcept;
template void logsumexp_rows(const double*, std::int64_t, std::int64_t, double*) noexcept;
template void softmax_cross_entropy_rows(const float*, RowTargets<float>, std::int64_t, std::int64_t, float*,
                                         float*) noexcept;
template void softmax_cross_entropy_rows(const double*, RowTargets<double>, std::int64_t, std::int64_t, double*,
                                         double*) noexcept;
template void softmax_cross_entropy_gradient_rows(const float*, RowTargets<float>, const float*, std::int64_t,
                                                  std::int64_t, std::int64_t, float*, float*) noexcept;
template void softmax_cross_entropy_gradient_rows(const double*, RowTargets<double>, const double*, std::int64_t,
                                                  std::int64_t, std::int64_t, double*, double*) noexcept;

}  // namespace backprop::cpu
#endif
