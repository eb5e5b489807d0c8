#include "run/cpu/reduce.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run/cpu/reduce.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "run/cpu/vector_memory-inl.hpp"
#include "run/cpu/vector_reduce-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu::HWY_NAMESPACE {
namespace {

// Of at most `width` terms. (Apart, since it needs few registers.)
template <Reduction kind, std::int64_t width, class T>
HWY_NOINLINE void short_rows(const T* x, std::int64_t rows, std::int64_t n, std::int64_t row_stride,
                             T* result) noexcept {
  const LaneTag<T, width> d;
  using Lanes = VirtualLanes<kind, T, width>;
  constexpr auto lanes = static_cast<std::int64_t>(Lanes::lanes);
  for (std::int64_t r = 0; r < rows; ++r, x += row_stride) {
    Lanes sums;
#pragma GCC unroll 16
    for (std::int64_t v = 0; v < width / lanes; ++v) {
      if (v * lanes >= n) break;
      const auto rest = static_cast<std::size_t>(std::min(n - v * lanes, lanes));
      sums.take_first(static_cast<std::size_t>(v), load_rest(d, x + v * lanes, rest), rest);
    }
    const T row = sums.combined();
    result[r] = kind == Reduction::mean ? row / static_cast<T>(n) : row;
  }
}

template <Reduction kind, class T>
HWY_NOINLINE void long_rows(const T* x, std::int64_t rows, std::int64_t n, std::int64_t row_stride,
                            T* result) noexcept {
  for (std::int64_t r = 0; r < rows; ++r) {
    const T row = reduce_row<kind>(x + r * row_stride, n);
    result[r] = kind == Reduction::mean ? row / static_cast<T>(n) : row;
  }
}

template <Reduction kind, class T>
void rows(const T* x, std::int64_t rows, std::int64_t n, std::int64_t row_stride, T* result) noexcept {
  if (n <= 4) return short_rows<kind, 4>(x, rows, n, row_stride, result);
  if (n <= reduction_lanes) return short_rows<kind, reduction_lanes>(x, rows, n, row_stride, result);
  long_rows<kind>(x, rows, n, row_stride, result);
}

// `vectors` vectors of neighbouring columns, one chain each. (The first slab combined with the identity is itself.)
template <Reduction kind, int vectors, class D, class Load, class Store, class T = hn::TFromD<D>>
HWY_INLINE void reduce_vectors(D d, const T* x, std::int64_t n, std::int64_t row_stride, T* result, Load&& load,
                               Store&& store) {
  const std::size_t lanes = hn::Lanes(d);
  const Combine<kind> combine;
  hn::Vec<decltype(d)> all[vectors], slab[vectors];
  for (auto& sum : all) sum = hn::Set(d, reduction_identity<T>(kind));
  for (std::int64_t i = 0; i < n;) {
    for (auto& sum : slab) sum = hn::Set(d, reduction_identity<T>(kind));
#pragma GCC unroll 4
    for (const std::int64_t last = std::min(n, i + reduction_slab); i < last; ++i, x += row_stride) {
#pragma GCC unroll 8
      for (std::size_t v = 0; v < vectors; ++v) slab[v] = combine(d, slab[v], load(x + v * lanes));
    }
#pragma GCC unroll 8
    for (std::size_t v = 0; v < vectors; ++v) all[v] = combine(d, all[v], slab[v]);
  }
#pragma GCC unroll 8
  for (std::size_t v = 0; v < vectors; ++v) {
    if constexpr (kind == Reduction::mean) all[v] = hn::Div(all[v], hn::Set(d, static_cast<T>(n)));
    store(all[v], result + v * lanes);
  }
}

// At most a vector of `width` columns. (Apart, since it needs few registers.)
template <Reduction kind, std::size_t width, class T>
HWY_NOINLINE void few_columns(const T* x, std::int64_t n, std::int64_t columns, std::int64_t row_stride,
                              T* result) noexcept {
  const hn::CappedTag<T, width> d;
  const auto count = static_cast<std::size_t>(columns);
  reduce_vectors<kind, 1>(
      d, x, n, row_stride, result, [=](const T* from) HWY_ATTR { return load_rest(d, from, count); },
      [=](auto v, T* to) HWY_ATTR { store_rest(d, v, to, count); });
}

template <Reduction kind, class T>
HWY_NOINLINE void many_columns(const T* x, std::int64_t n, std::int64_t columns, std::int64_t row_stride,
                               T* result) noexcept {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto load = [d](const T* from) HWY_ATTR { return hn::LoadU(d, from); };
  const auto store = [d](auto v, T* to) HWY_ATTR { hn::StoreU(v, d, to); };
  std::int64_t c = 0;
  for (; c + 4 * lanes <= columns; c += 4 * lanes) {
    reduce_vectors<kind, 4>(d, x + c, n, row_stride, result + c, load, store);
  }
  for (; c + lanes <= columns; c += lanes) reduce_vectors<kind, 1>(d, x + c, n, row_stride, result + c, load, store);
  if (c < columns) few_columns<kind, hn::MaxLanes(hn::ScalableTag<T>())>(x + c, n, columns - c, row_stride, result + c);
}

template <Reduction kind, class T>
void columns(const T* x, std::int64_t n, std::int64_t columns, std::int64_t row_stride, T* result) noexcept {
  constexpr std::size_t lanes = hn::MaxLanes(hn::ScalableTag<T>()), few = std::min(lanes, std::size_t{4});
  if (columns <= static_cast<std::int64_t>(few)) return few_columns<kind, few>(x, n, columns, row_stride, result);
  if (columns < static_cast<std::int64_t>(lanes)) return few_columns<kind, lanes>(x, n, columns, row_stride, result);
  many_columns<kind>(x, n, columns, row_stride, result);
}

template <Reduction kind, class T> const ReduceKernels<T>* kernels_of() {
  static constexpr ReduceKernels<T> kernels = {&rows<kind, T>, &columns<kind, T>};
  return &kernels;
}

template <class T> const ReduceKernels<T>* find(Reduction kind) {
  switch (kind) {
    case Reduction::mean: return kernels_of<Reduction::mean, T>();
    case Reduction::prod: return kernels_of<Reduction::prod, T>();
    case Reduction::max: return kernels_of<Reduction::max, T>();
    case Reduction::min: return kernels_of<Reduction::min, T>();
    default: return kernels_of<Reduction::sum, T>();
  }
}

}  // namespace

const ReduceKernels<float>* find_float(Reduction kind) { return find<float>(kind); }
const ReduceKernels<double>* find_double(Reduction kind) { return find<double>(kind); }

}  // namespace backprop::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace backprop::cpu {
namespace {

HWY_EXPORT(find_float);
HWY_EXPORT(find_double);

}  // namespace

template <> const ReduceKernels<float>& reduce_kernels(Reduction kind) {
  return *HWY_DYNAMIC_DISPATCH(find_float)(kind);
}
template <> const ReduceKernels<double>& reduce_kernels(Reduction kind) {
  return *HWY_DYNAMIC_DISPATCH(find_double)(kind);
}

}  // namespace backprop::cpu
#endif
