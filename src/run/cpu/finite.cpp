#include "run/cpu/finite.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run/cpu/finite.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "run/cpu/vector_memory-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// x 0 is NaN for NaN and infinity, else 0; a sum keeps the NaN.
template <class T> bool finite(std::span<const FiniteArray> arrays, int part, int parts) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto zero = hn::Zero(d);
  auto a = zero, b = zero, c = zero, e = zero;
  const FiniteArray* array = arrays.data();
  const FiniteArray* const end = array + arrays.size();
  if (parts == 1) {
    // Of the smallest networks all arrays are such; a loop for each number has nothing to ask.
    const auto take_all_of = [&](std::int64_t n) HWY_ATTR {
      for (; array != end && array->elements == n; ++array) {
        const T* const x = static_cast<const T*>(array->data);
        const auto all = n == 1       ? hn::Set(d, *x)
                         : n == lanes ? hn::LoadU(d, x)
                                      : load_rest(d, x, static_cast<std::size_t>(n));
        b = hn::Add(b, hn::Mul(all, zero));
      }
    };
    take_all_of(1);
    take_all_of(lanes / 4);
    take_all_of(lanes / 2);
    take_all_of(lanes);
  }
  for (; array != end; ++array) {
    const T* x = static_cast<const T*>(array->data);
    std::int64_t n = array->elements;
    if (parts > 1) {
      const std::int64_t begin = n * part / parts;
      x += begin, n = n * (part + 1) / parts - begin;
    }
    if (n <= lanes) {
      b = hn::Add(b, hn::Mul(load_first(d, x, static_cast<std::size_t>(n)), zero));
      continue;
    }
    std::int64_t i = 0;
    for (; i + 4 * lanes <= n; i += 4 * lanes) {
      a = hn::Add(a, hn::Mul(hn::LoadU(d, x + i), zero));
      b = hn::Add(b, hn::Mul(hn::LoadU(d, x + i + lanes), zero));
      c = hn::Add(c, hn::Mul(hn::LoadU(d, x + i + 2 * lanes), zero));
      e = hn::Add(e, hn::Mul(hn::LoadU(d, x + i + 3 * lanes), zero));
    }
    for (; i + lanes <= n; i += lanes) a = hn::Add(a, hn::Mul(hn::LoadU(d, x + i), zero));
    if (i < n) b = hn::Add(b, hn::Mul(load_first(d, x + i, static_cast<std::size_t>(n - i)), zero));
  }
  const auto sum = hn::Add(hn::Add(a, b), hn::Add(c, e));
  return hn::AllTrue(d, hn::Eq(sum, zero));
}

template <class T> double magnitude(const void* data, std::int64_t n) {
  const T* const x = static_cast<const T*>(data);
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  auto a = hn::Zero(d), b = a;
  std::int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    a = hn::Max(a, hn::Abs(hn::LoadU(d, x + i)));
    b = hn::Max(b, hn::Abs(hn::LoadU(d, x + i + lanes)));
  }
  for (; i < n; i += lanes) {
    a = hn::Max(a, hn::Abs(load_first(d, x + i, static_cast<std::size_t>(std::min(lanes, n - i)))));
  }
  HWY_ALIGN T largest[hn::MaxLanes(d)];
  hn::Store(hn::Max(a, b), d, largest);
  return static_cast<double>(*std::max_element(largest, largest + lanes));
}

}  // namespace

MagnitudeKernel find_magnitude(DType dtype) { return dtype == DType::float32 ? &magnitude<float> : &magnitude<double>; }
FiniteKernel find_finite(DType dtype) { return dtype == DType::float32 ? &finite<float> : &finite<double>; }

}  // namespace backprop::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace backprop::cpu {

HWY_EXPORT(find_magnitude);
MagnitudeKernel magnitude_kernel(DType dtype) { return HWY_DYNAMIC_DISPATCH(find_magnitude)(dtype); }
HWY_EXPORT(find_finite);
FiniteKernel finite_kernel(DType dtype) { return HWY_DYNAMIC_DISPATCH(find_finite)(dtype); }

}  // namespace backprop::cpu
#endif
