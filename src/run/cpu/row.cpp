#include "run/cpu/row.hpp"

#include "run/cpu/row_kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run/cpu/row.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
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

template <class T> void softmax_row(const T* x, std::int64_t n, T* y) {
  const LaneTag<T> d;
  const auto s = hn::Set(d, sum_of_exponentials(x, n, reduce_row<Reduction::max>(x, n), y));
  map_row(y, n, y, [&](auto e) HWY_ATTR { return hn::Div(e, s); });
}

template <class T> void softmax(const T* x, std::int64_t rows, std::int64_t columns, T* y) {
  for (std::int64_t r = 0; r < rows; ++r) softmax_row(x + r * columns, columns, y + r * columns);
}

template <class T> void log_softmax(const T* x, std::int64_t rows, std::int64_t columns, T* y) {
  const LaneTag<T> d;
  for (std::int64_t r = 0; r < rows; ++r, x += columns, y += columns) {
    const T m = reduce_row<Reduction::max>(x, columns);
    const auto top = hn::Set(d, m);
    const auto log_sum = hn::Set(d, log_of(sum_of_exponentials<T>(x, columns, m, nullptr)));
    map_row(x, columns, y, [&](auto v) HWY_ATTR { return hn::Sub(hn::Sub(v, top), log_sum); });
  }
}

template <class T> void logsumexp(const T* x, std::int64_t rows, std::int64_t columns, T* result) {
  for (std::int64_t r = 0; r < rows; ++r, x += columns) {
    const T m = reduce_row<Reduction::max>(x, columns);
    // An infinite m is not subtracted: inf - inf is NaN.
    const T shift = m - m == T(0) ? m : T(0);
    result[r] = log_of(sum_of_exponentials<T>(x, columns, shift, nullptr)) + shift;
  }
}

// The class of a row, -1 where the index is none.
template <class T>
HWY_INLINE std::int64_t class_of(const RowTargets<T>& targets, std::int64_t row, std::int64_t columns) {
  const std::int64_t index = targets.indices32 != nullptr ? targets.indices32[row] : targets.indices64[row];
  return index >= 0 && index < columns ? index : -1;
}

template <class T>
void cross_entropy(const T* x, RowTargets<T> targets, std::int64_t rows, std::int64_t columns, T* loss,
                   T* probabilities) {
  const LaneTag<T> d;
  const auto zero = hn::Zero(d);
  for (std::int64_t r = 0; r < rows; ++r, x += columns) {
    const T m = reduce_row<Reduction::max>(x, columns);
    T* const y = probabilities == nullptr ? nullptr : probabilities + r * columns;
    if (targets.distributions != nullptr) {
      const T s = sum_of_exponentials<T>(x, columns, m, nullptr);
      const T* const t = targets.distributions + r * columns;
      const auto top = hn::Set(d, m), log_sum = hn::Set(d, log_of(s)), sum = hn::Set(d, s);
      loss[r] = sum_of<T>(columns, [&](std::int64_t i, std::size_t count) HWY_ATTR {
        const auto shifted = hn::Sub(load_some<T>(x + i, count), top);
        const auto weight = load_some<T>(t + i, count);
        if (y != nullptr) store_some<T>(hn::Div(exp(d, shifted), sum), y + i, count);
        return hn::IfThenElse(hn::Eq(weight, zero), zero, hn::Mul(weight, hn::Sub(log_sum, shifted)));
      });
    } else {
      const std::int64_t target = class_of(targets, r, columns);
      const T shifted = target < 0 ? std::numeric_limits<T>::quiet_NaN() : x[target] - m;
      const T s = sum_of_exponentials(x, columns, m, y);
      if (y != nullptr) {
        const auto sum = hn::Set(d, s);
        map_row(y, columns, y, [&](auto e) HWY_ATTR { return hn::Div(e, sum); });
      }
      loss[r] = log_of(s) - shifted;
    }
  }
}

template <class T>
void cross_entropy_gradient(const T* x, RowTargets<T> targets, const T* cotangent, std::int64_t cotangent_stride,
                            std::int64_t rows, std::int64_t columns, T* gradient) {
  const LaneTag<T> d;
  for (std::int64_t r = 0; r < rows; ++r, x += columns, gradient += columns) {
    const T factor = cotangent[r * cotangent_stride];
    const auto scale = hn::Set(d, factor);
    const T s = sum_of_exponentials(x, columns, reduce_row<Reduction::max>(x, columns), gradient);
    const auto sum = hn::Set(d, s);
    if (targets.distributions != nullptr) {
      const T* const t = targets.distributions + r * columns;
      const auto total = hn::Set(d, reduce_row<Reduction::sum>(t, columns));
      const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
      for (std::int64_t i = 0; i < columns; i += lanes) {
        const auto count = static_cast<std::size_t>(std::min(lanes, columns - i));
        const auto expected = hn::Mul(hn::Div(load_some<T>(gradient + i, count), sum), total);
        store_some<T>(hn::Mul(hn::Sub(expected, load_some<T>(t + i, count)), scale), gradient + i, count);
      }
    } else {
      const std::int64_t target = class_of(targets, r, columns);
      if (target < 0) {
        std::fill_n(gradient, columns, std::numeric_limits<T>::quiet_NaN());
        continue;
      }
      const T at_target = (gradient[target] / s - T(1)) * factor;
      map_row(gradient, columns, gradient, [&](auto e) HWY_ATTR { return hn::Mul(hn::Div(e, sum), scale); });
      gradient[target] = at_target;
    }
  }
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

template <class T> const RowKernels<T>& kernels() {
  if constexpr (sizeof(T) == 4)
    return *HWY_DYNAMIC_DISPATCH(find_float_rows)();
  else
    return *HWY_DYNAMIC_DISPATCH(find_double_rows)();
}

}  // namespace

template <class T> void softmax_rows(const T* x, std::int64_t rows, std::int64_t columns, T* y) noexcept {
  kernels<T>().softmax(x, rows, columns, y);
}

template <class T> void log_softmax_rows(const T* x, std::int64_t rows, std::int64_t columns, T* y) noexcept {
  kernels<T>().log_softmax(x, rows, columns, y);
}

template <class T> void logsumexp_rows(const T* x, std::int64_t rows, std::int64_t columns, T* result) noexcept {
  kernels<T>().logsumexp(x, rows, columns, result);
}

template <class T>
void softmax_cross_entropy_rows(const T* logits, RowTargets<T> targets, std::int64_t rows, std::int64_t columns,
                                T* loss, T* probabilities) noexcept {
  kernels<T>().cross_entropy(logits, targets, rows, columns, loss, probabilities);
}

template <class T>
void softmax_cross_entropy_gradient_rows(const T* logits, RowTargets<T> targets, const T* cotangent,
                                         std::int64_t cotangent_stride, std::int64_t rows, std::int64_t columns,
                                         T* gradient) noexcept {
  kernels<T>().cross_entropy_gradient(logits, targets, cotangent, cotangent_stride, rows, columns, gradient);
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
                                                  std::int64_t, std::int64_t, float*) noexcept;
template void softmax_cross_entropy_gradient_rows(const double*, RowTargets<double>, const double*, std::int64_t,
                                                  std::int64_t, std::int64_t, double*) noexcept;

}  // namespace backprop::cpu
#endif
