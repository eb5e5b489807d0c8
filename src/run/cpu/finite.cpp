#include "run/cpu/finite.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run/cpu/finite.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// x 0 is NaN for NaN and infinity, else 0; a sum keeps the NaN.
template <class T> bool finite(const T* x, std::int64_t n) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto zero = hn::Zero(d);
  auto a = zero, b = zero, c = zero, e = zero;
  std::int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    a = hn::Add(a, hn::Mul(hn::LoadU(d, x + i), zero));
    b = hn::Add(b, hn::Mul(hn::LoadU(d, x + i + lanes), zero));
    c = hn::Add(c, hn::Mul(hn::LoadU(d, x + i + 2 * lanes), zero));
    e = hn::Add(e, hn::Mul(hn::LoadU(d, x + i + 3 * lanes), zero));
  }
  T rest = 0;
  for (; i < n; ++i) rest += x[i] * T(0);
  const auto sum = hn::Add(hn::Add(a, b), hn::Add(c, e));
  return rest == T(0) && hn::AllTrue(d, hn::Eq(sum, zero));
}

bool finite_float(const float* x, std::int64_t n) { return finite(x, n); }
bool finite_double(const double* x, std::int64_t n) { return finite(x, n); }

}  // namespace
}  // namespace backprop::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace backprop::cpu {

HWY_EXPORT(finite_float);
HWY_EXPORT(finite_double);

bool all_finite(const float* x, std::int64_t n) { return HWY_DYNAMIC_DISPATCH(finite_float)(x, n); }
bool all_finite(const double* x, std::int64_t n) { return HWY_DYNAMIC_DISPATCH(finite_double)(x, n); }

}  // namespace backprop::cpu
#endif
