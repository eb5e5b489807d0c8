#include "run/cpu/reduce.hpp"

#include "run/cpu/reduce_kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run/cpu/reduce.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "run/cpu/vector_memory-inl.hpp"
#include "run/cpu/vector_reduce-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu::HWY_NAMESPACE {
namespace {

template <Reduction kind, class T>
void rows(const T* x, std::int64_t rows, std::int64_t n, std::int64_t row_stride, T* result) {
  for (std::int64_t r = 0; r < rows; ++r) result[r] = reduce_row<kind>(x + r * row_stride, n);
}

template <Reduction kind, class T>
void row_chunks(const T* x, std::int64_t n, std::int64_t begin, std::int64_t end, T* partial) {
  for (std::int64_t k = begin; k < end; ++k) {
    const std::int64_t first = k * reduction_chunk;
    partial[k] = reduce_chunk<kind>(x + first, std::min(reduction_chunk, n - first));
  }
}

// `vectors` vectors of neighbouring columns, one chain each; slabs as column_slabs.
template <Reduction kind, int vectors, class T>
HWY_INLINE void whole_vectors(const T* x, std::int64_t n, std::int64_t row_stride, std::int64_t begin, std::int64_t end,
                              T* result, std::int64_t result_stride) {
  const hn::ScalableTag<T> d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::int64_t slab = begin; slab < end; ++slab) {
    hn::Vec<decltype(d)> sums[vectors];
    for (auto& s : sums) s = hn::Set(d, reduction_identity<T>(kind));
    const std::int64_t first = slab * reduction_slab, last = std::min(n, first + reduction_slab);
    const T* row = x + first * row_stride;
#pragma GCC unroll 4
    for (std::int64_t i = first; i < last; ++i, row += row_stride) {
#pragma GCC unroll 8
      for (std::size_t v = 0; v < vectors; ++v) sums[v] = Combine<kind>()(d, sums[v], hn::LoadU(d, row + v * lanes));
    }
#pragma GCC unroll 8
    for (std::size_t v = 0; v < vectors; ++v) {
      T* const to = result + slab * result_stride + v * lanes;
      if (result_stride == 0 && slab > begin) sums[v] = Combine<kind>()(d, hn::LoadU(d, to), sums[v]);
      hn::StoreU(sums[v], d, to);
    }
  }
}

template <Reduction kind, class T>
HWY_INLINE void part_of_vector(const T* x, std::size_t columns, std::int64_t n, std::int64_t row_stride,
                               std::int64_t begin, std::int64_t end, T* result, std::int64_t result_stride) {
  const hn::ScalableTag<T> d;
  for (std::int64_t slab = begin; slab < end; ++slab) {
    const std::int64_t first = slab * reduction_slab, last = std::min(n, first + reduction_slab);
    auto sum = hn::Set(d, reduction_identity<T>(kind));
    const T* row = x + first * row_stride;
#pragma GCC unroll 4
    for (std::int64_t i = first; i < last; ++i, row += row_stride) {
      sum = Combine<kind>()(d, sum, load_first(d, row, columns));
    }
    T* const to = result + slab * result_stride;
    if (result_stride == 0 && slab > begin) sum = Combine<kind>()(d, load_first(d, to, columns), sum);
    store_first(d, sum, to, columns);
  }
}

template <Reduction kind, class T>
void column_slabs(const T* x, std::int64_t n, std::int64_t columns, std::int64_t row_stride, std::int64_t begin,
                  std::int64_t end, T* result, std::int64_t result_stride) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(hn::ScalableTag<T>()));
  std::int64_t c = 0;
  for (; c + 4 * lanes <= columns; c += 4 * lanes) {
    whole_vectors<kind, 4>(x + c, n, row_stride, begin, end, result + c, result_stride);
  }
  for (; c + lanes <= columns; c += lanes) {
    whole_vectors<kind, 1>(x + c, n, row_stride, begin, end, result + c, result_stride);
  }
  if (c < columns) {
    part_of_vector<kind>(x + c, static_cast<std::size_t>(columns - c), n, row_stride, begin, end, result + c,
                         result_stride);
  }
}

template <Reduction kind, class T> constexpr ReduceKernels<T> kernels_of() {
  return {&rows<kind, T>, &row_chunks<kind, T>, &column_slabs<kind, T>};
}

template <class T> const ReduceKernels<T>* find(Reduction kind) {
  static constexpr ReduceKernels<T> kernels[] = {kernels_of<Reduction::sum, T>(), kernels_of<Reduction::prod, T>(),
                                                 kernels_of<Reduction::max, T>(), kernels_of<Reduction::min, T>()};
  switch (kind) {
    case Reduction::prod: return &kernels[1];
    case Reduction::max: return &kernels[2];
    case Reduction::min: return &kernels[3];
    default: return &kernels[0];
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

template <class T> const ReduceKernels<T>& reduce_kernels(Reduction kind) {
  if constexpr (sizeof(T) == 4)
    return *HWY_DYNAMIC_DISPATCH(find_float)(kind);
  else
    return *HWY_DYNAMIC_DISPATCH(find_double)(kind);
}
template const ReduceKernels<float>& reduce_kernels(Reduction);
template const ReduceKernels<double>& reduce_kernels(Reduction);

template <class T>
void reduce(Reduction kind, const T* x, std::int64_t outer, std::int64_t n, std::int64_t inner, T* result) noexcept {
  if (inner == 1) return reduce_rows(kind, x, outer, n, n, result);
  for (std::int64_t o = 0; o < outer; ++o) reduce_columns(kind, x + o * n * inner, n, inner, inner, result + o * inner);
}

template <class T>
void reduce_rows(Reduction kind, const T* x, std::int64_t rows, std::int64_t n, std::int64_t row_stride,
                 T* result) noexcept {
  reduce_kernels<T>(kind).rows(x, rows, n, row_stride, result);
  divide_sums(kind, n, rows, result);
}

template <class T>
void reduce_columns(Reduction kind, const T* x, std::int64_t n, std::int64_t columns, std::int64_t row_stride,
                    T* result) noexcept {
  // No terms at all are one empty slab.
  reduce_kernels<T>(kind).column_slabs(x, n, columns, row_stride, 0, std::max(slabs_of(n), std::int64_t{1}), result, 0);
  divide_sums(kind, n, columns, result);
}

template <class T>
void reduce_row_chunks(Reduction kind, const T* x, std::int64_t n, std::int64_t begin, std::int64_t end,
                       T* partial) noexcept {
  reduce_kernels<T>(kind).row_chunks(x, n, begin, end, partial);
}

template <class T> T combine_row_chunks(Reduction kind, const T* partial, std::int64_t n) noexcept {
  T result = n > 0 ? partial[0] : reduction_identity<T>(kind);
  for (std::int64_t k = 1; k < chunks_of(n); ++k) result = combine(kind, result, partial[k]);
  divide_sums(kind, n, 1, &result);
  return result;
}

template <class T>
void reduce_column_slabs(Reduction kind, const T* x, std::int64_t n, std::int64_t columns, std::int64_t row_stride,
                         std::int64_t begin, std::int64_t end, T* partial) noexcept {
  reduce_kernels<T>(kind).column_slabs(x, n, columns, row_stride, begin, end, partial, columns);
}

template <class T>
void combine_column_slabs(Reduction kind, const T* partial, std::int64_t n, std::int64_t columns, T* result) noexcept {
  for (std::int64_t c = 0; c < columns; ++c) {
    T sum = n > 0 ? partial[c] : reduction_identity<T>(kind);
    for (std::int64_t s = 1; s < slabs_of(n); ++s) sum = combine(kind, sum, partial[s * columns + c]);
    result[c] = sum;
  }
  divide_sums(kind, n, columns, result);
}

template void reduce(Reduction, const float*, std::int64_t, std::int64_t, std::int64_t, float*) noexcept;
template void reduce(Reduction, const double*, std::int64_t, std::int64_t, std::int64_t, double*) noexcept;
template void reduce_rows(Reduction, const float*, std::int64_t, std::int64_t, std::int64_t, float*) noexcept;
template void reduce_rows(Reduction, const double*, std::int64_t, std::int64_t, std::int64_t, double*) noexcept;
template void reduce_columns(Reduction, const float*, std::int64_t, std::int64_t, std::int64_t, float*) noexcept;
template void reduce_columns(Reduction, const double*, std::int64_t, std::int64_t, std::int64_t, double*) noexcept;
template void reduce_row_chunks(Reduction, const float*, std::int64_t, std::int64_t, std::int64_t, float*) noexcept;
template void reduce_row_chunks(Reduction, const double*, std::int64_t, std::int64_t, std::int64_t, double*) noexcept;
template float combine_row_chunks(Reduction, const float*, std::int64_t) noexcept;
template double combine_row_chunks(Reduction, const double*, std::int64_t) noexcept;
template void reduce_column_slabs(Reduction, const float*, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                                  std::int64_t, float*) noexcept;
template void reduce_column_slabs(Reduction, const double*, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                                  std::int64_t, double*) noexcept;
template void combine_column_slabs(Reduction, const float*, std::int64_t, std::int64_t, float*) noexcept;
template void combine_column_slabs(Reduction, const double*, std::int64_t, std::int64_t, double*) noexcept;

}  // namespace backprop::cpu
#endif
