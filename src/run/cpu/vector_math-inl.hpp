// The functions of a tile program on vectors of float or double, for every instruction set that Highway knows. Included
// inside a foreach_target source. A lane's result depends on that lane alone and uses IEEE operations only, so every
// instruction set with a fused multiply-add gives the same bits. NaN gives NaN. Greatest errors measured, in ulp, are
// in tests/run_cpu/vector_math_test.cpp, which holds them. Thread safety: pure functions.
#if defined(BACKPROP_VECTOR_MATH_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_VECTOR_MATH_INL_HPP
#undef BACKPROP_VECTOR_MATH_INL_HPP
#else
#define BACKPROP_VECTOR_MATH_INL_HPP
#endif

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "run/cpu/vector_math_coefficients.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D> using Vector = hn::Vec<D>;
template <class D> using Mask = hn::Mask<D>;
template <class D> using Number = hn::TFromD<D>;
template <class D> using Constants = Coefficients<hn::TFromD<D>>;

// c[0] + c[1] x + ...; even and odd powers apart, which halves the chain. (Pairs of terms instead, whose chain is one
// step shorter, were no faster.)
template <class D, std::size_t N> HWY_INLINE Vector<D> polynomial(D d, Vector<D> x, const Number<D> (&c)[N]) {
  const auto square = hn::Mul(x, x);
  auto even = hn::Set(d, c[(N - 1) / 2 * 2]);
  auto odd = hn::Set(d, c[N / 2 * 2 - 1]);
#pragma GCC unroll 16
  for (std::size_t i = (N - 1) / 2 * 2; i >= 2; i -= 2) even = hn::MulAdd(even, square, hn::Set(d, c[i - 2]));
#pragma GCC unroll 16
  for (std::size_t i = N / 2 * 2 - 1; i >= 3; i -= 2) odd = hn::MulAdd(odd, square, hn::Set(d, c[i - 2]));
  return hn::MulAdd(odd, x, even);
}

// Whether Min and Max are one instruction that gives its second argument if either is NaN.
inline constexpr bool second_of_nan = HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128;

// No less than low, no more than high; NaN stays.
template <class D> HWY_INLINE Vector<D> at_least(D d, Vector<D> x, Number<D> low) {
  const auto l = hn::Set(d, low);
  return second_of_nan ? hn::Max(l, x) : hn::IfThenElse(hn::Lt(x, l), l, x);
}
template <class D> HWY_INLINE Vector<D> at_most(D d, Vector<D> x, Number<D> high) {
  const auto h = hn::Set(d, high);
  return second_of_nan ? hn::Min(h, x) : hn::IfThenElse(hn::Gt(x, h), h, x);
}

// Lanes that a polynomial cannot do, one by one by the C library.
template <class D, class F>
HWY_NOINLINE Vector<D> lane_by_lane(D d, Mask<D> mask, Vector<D> x, Vector<D> y, F function) {
  HWY_ALIGN Number<D> xs[HWY_MAX_BYTES / sizeof(Number<D>)], ys[HWY_MAX_BYTES / sizeof(Number<D>)],
      chosen[HWY_MAX_BYTES / sizeof(Number<D>)];
  hn::Store(x, d, xs);
  hn::Store(y, d, ys);
  hn::Store(hn::IfThenElseZero(mask, hn::Set(d, Number<D>(1))), d, chosen);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) {
    if (chosen[i] != Number<D>(0)) ys[i] = function(xs[i]);
  }
  return hn::Load(d, ys);
}

// ---- exponentials --------------------------------------------------------------------------------------------------
// x = n log 2 + r: `shifted` holds n in its low bits, `minus_one` is e^r - 1.
template <class D> struct ExponentialParts { Vector<D> shifted, minus_one; };

template <class D> HWY_INLINE ExponentialParts<D> reduce_exponential(D d, Vector<D> x) {
  using C = Constants<D>;
  const auto shift = hn::Set(d, C::round_shift);
  const auto shifted = hn::MulAdd(x, hn::Set(d, Number<D>(1.4426950408889634)), shift);
  const auto n = hn::Sub(shifted, shift);
  auto r = hn::NegMulAdd(n, hn::Set(d, C::log2_high), x);
  r = hn::NegMulAdd(n, hn::Set(d, C::log2_low), r);
  return {shifted, hn::MulAdd(hn::Mul(r, r), polynomial(d, r, C::exp), r)};
}

// 2^(n + bias) of the integers n in the low bits.
template <class D, class VI> HWY_INLINE Vector<D> power_of_two(D d, VI n, int extra) {
  const hn::RebindToUnsigned<D> du;
  using U = hn::TFromD<decltype(du)>;
  constexpr int bits = Constants<D>::mantissa_bits;
  const U offset = static_cast<U>(static_cast<U>(Constants<D>::bias + extra) << bits);
  return hn::BitCast(d, hn::Add(hn::ShiftLeft<bits>(n), hn::Set(du, offset)));
}

template <class D> HWY_INLINE Vector<D> exp(D d, Vector<D> x) {
  using C = Constants<D>;
  const hn::RebindToUnsigned<D> du;
  const auto parts = reduce_exponential(d, at_most(d, at_least(d, x, C::exp_low), C::exp_high));
  // 2^n in two factors: results from the denormals up to infinity come out by themselves.
  const auto n = hn::BitCast(du, parts.shifted);
  const auto half = hn::ShiftRight<1>(n);
  const auto y = hn::Add(parts.minus_one, hn::Set(d, Number<D>(1)));
  return hn::Mul(hn::Mul(y, power_of_two(d, half, 0)), power_of_two(d, hn::Sub(n, half), 0));
}

// e^x / 2^down = scale + scale minus_one, for x that leaves the scale a normal number.
template <class D> struct ScaledExponential { Vector<D> scale, minus_one; };

template <int down, class D> HWY_INLINE ScaledExponential<D> scaled_exponential(D d, Vector<D> x) {
  const hn::RebindToUnsigned<D> du;
  const auto parts = reduce_exponential(d, x);
  return {power_of_two(d, hn::BitCast(du, parts.shifted), -down), parts.minus_one};
}

// (e^x - 1) / 2^down.
template <int down, class D> HWY_INLINE Vector<D> scaled_expm1(D d, Vector<D> x) {
  const auto e = scaled_exponential<down>(d, x);
  return hn::MulAdd(e.scale, e.minus_one, hn::Sub(e.scale, hn::Set(d, Number<D>(1.0 / (1 << down)))));
}

template <class D> HWY_INLINE Vector<D> expm1(D d, Vector<D> x) {
  using C = Constants<D>;
  const auto half = scaled_expm1<1>(d, at_most(d, at_least(d, x, C::expm1_low), C::expm1_high));
  return hn::CopySign(hn::Add(half, half), x);
}

// tanh |x| = h / (h + 1), h = (e^2|x| - 1) / 2. (h + 1 from e^2|x| beside h: 1 ns less, but 2.8 ulp instead of 2.)
template <class D> HWY_INLINE Vector<D> tanh(D d, Vector<D> x) {
  const auto a = hn::Abs(x);
  const auto h = scaled_expm1<1>(d, at_most(d, hn::Add(a, a), Constants<D>::expm1_high));
  return hn::CopySign(hn::Div(h, hn::Add(h, hn::Set(d, Number<D>(1)))), x);
}

// sinh |x| = (t + t / (t + 1)) / 2, t = e^|x| - 1, everything halved and halved again against overflow.
template <class D> HWY_INLINE Vector<D> sinh(D d, Vector<D> x) {
  const auto q = scaled_expm1<2>(d, at_most(d, hn::Abs(x), Constants<D>::sinh_high));
  const auto t = hn::Mul(q, hn::Set(d, Number<D>(4)));
  const auto y = hn::Add(q, hn::Div(q, hn::Add(t, hn::Set(d, Number<D>(1)))));
  return hn::CopySign(hn::Add(y, y), x);
}

// cosh x = 2 (q + 1 / (16 q)), q = e^|x| / 4.
template <class D> HWY_INLINE Vector<D> cosh(D d, Vector<D> x) {
  const auto e = scaled_exponential<2>(d, at_most(d, hn::Abs(x), Constants<D>::sinh_high));
  const auto q = hn::MulAdd(e.scale, e.minus_one, e.scale);
  const auto y = hn::Add(q, hn::Div(hn::Set(d, Number<D>(0.0625)), q));
  return hn::Add(y, y);
}

// 1 / (1 + e) or e / (1 + e), e = e^-|x|, as math::sigmoid; e is had times 2^64, since it may be denormal.
template <class D> HWY_INLINE Vector<D> sigmoid(D d, Vector<D> x) {
  const auto one = hn::Set(d, Number<D>(1)), down = hn::Set(d, Number<D>(0x1p-64));
  const auto e = scaled_exponential<-64>(d, at_least(d, hn::Neg(hn::Abs(x)), Constants<D>::exp_low));
  const auto negative = hn::Mul(hn::MulAdd(e.scale, e.minus_one, e.scale), down);
  const auto scale = hn::Mul(e.scale, down);
  const auto numerator = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), negative, one);
  return hn::Div(numerator, hn::MulAdd(scale, e.minus_one, hn::Add(scale, one)));
}

// ---- logarithms ----------------------------------------------------------------------------------------------------
// e log 2 + log(1 + f), f from sqrt(1/2) - 1 to sqrt(2) - 1.
template <class D> HWY_INLINE Vector<D> log_from_parts(D d, Vector<D> e, Vector<D> f) {
  using C = Constants<D>;
  const auto high = hn::Set(d, C::log2_high), low = hn::Set(d, C::log2_low);
  const auto square = hn::Mul(f, f);
  if constexpr (sizeof(Number<D>) == 4) {
    auto y = hn::Mul(hn::Mul(square, f), polynomial(d, f, C::log));
    y = hn::MulAdd(e, low, y);
    y = hn::MulAdd(square, hn::Set(d, Number<D>(-0.5)), y);
    return hn::MulAdd(e, high, hn::Add(f, y));
  } else {
    const auto half_square = hn::Mul(square, hn::Set(d, Number<D>(0.5)));
    const auto s = hn::Div(f, hn::Add(f, hn::Set(d, Number<D>(2))));
    const auto z = hn::Mul(s, s);
    const auto rest = hn::Mul(z, polynomial(d, z, C::log));
    const auto tail = hn::MulAdd(s, hn::Add(half_square, rest), hn::Mul(e, low));
    return hn::MulAdd(e, high, hn::Sub(f, hn::Sub(half_square, tail)));
  }
}

// x = 2^e m, m from sqrt(1/2) to sqrt(2), for normal x > 0; `biased` is e + bias as an integer.
template <class D> struct LogarithmParts {
  hn::Vec<hn::RebindToUnsigned<D>> biased;
  Vector<D> exponent, mantissa;
};

template <class D> HWY_INLINE LogarithmParts<D> split_exponent(D d, Vector<D> x) {
  using C = Constants<D>;
  const hn::RebindToUnsigned<D> du;
  using U = hn::TFromD<decltype(du)>;
  const auto i = hn::Add(hn::BitCast(du, x), hn::Set(du, static_cast<U>(C::one_bits - C::sqrt_half_bits)));
  const auto biased = hn::ShiftRight<C::mantissa_bits>(i);
  const auto m = hn::Add(hn::And(i, hn::Set(du, static_cast<U>(C::mantissa_mask))),
                         hn::Set(du, static_cast<U>(C::sqrt_half_bits)));
  const auto shift = hn::Set(d, C::exponent_shift);
  const auto exponent = hn::Sub(hn::BitCast(d, hn::Or(biased, hn::BitCast(du, shift))),
                                hn::Set(d, C::exponent_shift + static_cast<Number<D>>(C::bias)));
  return {biased, exponent, hn::BitCast(d, m)};
}

// y where x > 0, -inf at 0, else NaN; inf at inf.
template <class D> HWY_INLINE Vector<D> with_limits_of_log(D d, Vector<D> x, Vector<D> y) {
  const auto infinity = hn::Inf(d), zero = hn::Zero(d);
  y = hn::IfThenElse(hn::Eq(x, infinity), x, y);
  return hn::IfThenElse(hn::Gt(x, zero), y, hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity), hn::NaN(d)));
}

template <class D> HWY_INLINE Vector<D> log(D d, Vector<D> x) {
  using C = Constants<D>;
  const auto small = hn::Lt(x, hn::Set(d, C::smallest_normal));
  const auto scaled = hn::IfThenElse(small, hn::Mul(x, hn::Set(d, C::denormal_scale)), x);
  const auto parts = split_exponent(d, scaled);
  const auto e = hn::Sub(parts.exponent, hn::IfThenElseZero(small, hn::Set(d, Number<D>(C::denormal_bits))));
  return with_limits_of_log(d, x, log_from_parts(d, e, hn::Sub(parts.mantissa, hn::Set(d, Number<D>(1)))));
}

// With u = 1 + x rounded, 1 + x = u + c: log1p x = e log 2 + log(m + c / 2^e); where e = 0, x itself is m - 1.
template <class D> HWY_INLINE Vector<D> log1p(D d, Vector<D> x) {
  using C = Constants<D>;
  const hn::RebindToUnsigned<D> du;
  using U = hn::TFromD<decltype(du)>;
  const auto one = hn::Set(d, Number<D>(1));
  const auto u = hn::Add(one, x);
  const auto parts = split_exponent(d, u);
  const auto c = hn::IfThenElse(hn::Lt(x, one), hn::Sub(x, hn::Sub(u, one)), hn::Sub(one, hn::Sub(u, x)));
  const auto inverse_power = hn::BitCast(
      d, hn::ShiftLeft<C::mantissa_bits>(hn::Sub(hn::Set(du, U{2} * static_cast<U>(C::bias)), parts.biased)));
  const auto correction = hn::IfThenElseZero(hn::Lt(u, hn::Set(d, C::exponent_shift)), hn::Mul(c, inverse_power));
  const auto near = hn::Eq(parts.exponent, hn::Zero(d));
  const auto f = hn::IfThenElse(near, x, hn::Add(hn::Sub(parts.mantissa, one), correction));
  return hn::CopySign(with_limits_of_log(d, u, log_from_parts(d, parts.exponent, f)), x);
}

// ---- trigonometric functions ----------------------------------------------------------------------------------------
// x = n pi / 2 + r:
// n in the low bits of `quadrant`, and the sine and cosine of r.
template <class D> struct TrigonometricParts {
  hn::Vec<hn::RebindToUnsigned<D>> quadrant;
  Vector<D> sine, cosine;
};

template <class D> HWY_INLINE TrigonometricParts<D> reduce_trigonometric(D d, Vector<D> x) {
  using C = Constants<D>;
  const hn::RebindToUnsigned<D> du;
  const auto shift = hn::Set(d, C::round_shift);
  const auto shifted = hn::Add(hn::Mul(x, hn::Set(d, Number<D>(0.6366197723675814))), shift);
  const auto n = hn::Sub(shifted, shift);
  auto r = x;
  for (const Number<D> part : C::half_pi_parts) r = hn::NegMulAdd(n, hn::Set(d, part), r);
  const auto z = hn::Mul(r, r);
  const auto sine = hn::MulAdd(hn::Mul(r, z), polynomial(d, z, C::sin), r);
  const auto low = hn::MulAdd(hn::Mul(z, z), polynomial(d, z, C::cos), hn::Mul(z, hn::Set(d, Number<D>(-0.5))));
  return {hn::BitCast(du, shifted), sine, hn::Add(hn::Set(d, Number<D>(1)), low)};
}

template <class D, class VU> HWY_INLINE Mask<D> is_odd(D d, VU n) {
  const hn::RebindToUnsigned<D> du;
  const auto one = hn::Set(du, 1);
  return hn::RebindMask(d, hn::Eq(hn::And(n, one), one));
}

// y with its sign changed where bit 1 of n is set.
template <class D, class VU> HWY_INLINE Vector<D> negate_by_bit_1(D d, VU n, Vector<D> y) {
  constexpr int up = static_cast<int>(sizeof(Number<D>)) * 8 - 2;
  return hn::Xor(y, hn::And(hn::SignBit(d), hn::BitCast(d, hn::ShiftLeft<up>(n))));
}

template <class D> HWY_INLINE Mask<D> is_large_angle(D d, Vector<D> x) {
  return hn::Gt(hn::Abs(x), hn::Set(d, Constants<D>::trigonometric_limit));
}

template <class D> HWY_INLINE Vector<D> sin(D d, Vector<D> x) {
  const auto parts = reduce_trigonometric(d, x);
  auto y = hn::IfThenElse(is_odd(d, parts.quadrant), parts.cosine, parts.sine);
  y = negate_by_bit_1(d, parts.quadrant, y);
  y = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, y);
  const auto large = is_large_angle(d, x);
  if (HWY_LIKELY(hn::AllFalse(d, large))) return y;
  return lane_by_lane(d, large, x, y, [](Number<D> v) { return std::sin(v); });
}

template <class D> HWY_INLINE Vector<D> cos(D d, Vector<D> x) {
  const hn::RebindToUnsigned<D> du;
  const auto parts = reduce_trigonometric(d, x);
  const auto next = hn::Add(parts.quadrant, hn::Set(du, 1));
  const auto y = negate_by_bit_1(d, next, hn::IfThenElse(is_odd(d, parts.quadrant), parts.sine, parts.cosine));
  const auto large = is_large_angle(d, x);
  if (HWY_LIKELY(hn::AllFalse(d, large))) return y;
  return lane_by_lane(d, large, x, y, [](Number<D> v) { return std::cos(v); });
}

template <class D> HWY_INLINE Vector<D> tan(D d, Vector<D> x) {
  const auto parts = reduce_trigonometric(d, x);
  const auto odd = is_odd(d, parts.quadrant);
  const auto numerator = hn::IfThenElse(odd, hn::Neg(parts.cosine), parts.sine);
  auto y = hn::Div(numerator, hn::IfThenElse(odd, parts.sine, parts.cosine));
  y = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, y);
  const auto large = is_large_angle(d, x);
  if (HWY_LIKELY(hn::AllFalse(d, large))) return y;
  return lane_by_lane(d, large, x, y, [](Number<D> v) { return std::tan(v); });
}

// asin |x|: directly up to 1/2 (`small`), beyond it p = asin sqrt((1 - |x|) / 2), with asin |x| = pi / 2 - 2 p.
template <class D> struct ArcSineParts {
  Mask<D> small;
  Vector<D> p;
};

template <class D> HWY_INLINE ArcSineParts<D> reduce_arc_sine(D d, Vector<D> a) {
  const auto half = hn::Set(d, Number<D>(0.5));
  const auto small = hn::Le(a, half);
  const auto z = hn::IfThenElse(small, hn::Mul(a, a), hn::Mul(hn::Sub(hn::Set(d, Number<D>(1)), a), half));
  const auto s = hn::IfThenElse(small, a, hn::Sqrt(z));
  return {small, hn::MulAdd(hn::Mul(s, z), polynomial(d, z, Constants<D>::asin), s)};
}

template <class D> HWY_INLINE Vector<D> asin(D d, Vector<D> x) {
  using C = Constants<D>;
  const auto parts = reduce_arc_sine(d, hn::Abs(x));
  const auto twice = hn::Add(parts.p, parts.p);
  const auto beyond = hn::Sub(hn::Set(d, C::half_pi), hn::Sub(twice, hn::Set(d, C::half_pi_low)));
  return hn::CopySign(hn::IfThenElse(parts.small, parts.p, beyond), x);
}

template <class D> HWY_INLINE Vector<D> acos(D d, Vector<D> x) {
  using C = Constants<D>;
  const auto parts = reduce_arc_sine(d, hn::Abs(x));
  const auto twice = hn::Add(parts.p, parts.p);
  const auto half_pi = hn::Set(d, C::half_pi), low = hn::Set(d, C::half_pi_low);
  const auto middle = hn::Sub(half_pi, hn::Sub(hn::CopySign(parts.p, x), low));
  const auto left = hn::Add(half_pi, hn::Sub(half_pi, hn::Sub(twice, hn::Add(low, low))));
  const auto beyond = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), left, twice);
  return hn::IfThenElse(parts.small, middle, beyond);
}

// atan a: a itself, pi / 4 + atan((a - 1) / (a + 1)) or pi / 2 - atan(1 / a).
template <class D> HWY_INLINE Vector<D> atan(D d, Vector<D> x) {
  using C = Constants<D>;
  const auto a = hn::Abs(x), one = hn::Set(d, Number<D>(1));
  const auto middle = hn::Gt(a, hn::Set(d, Number<D>(0.41421356237309503)));
  const auto large = hn::Gt(a, hn::Set(d, Number<D>(2.414213562373095)));
  auto numerator = hn::IfThenElse(middle, hn::Sub(a, one), a);
  auto denominator = hn::IfThenElse(middle, hn::Add(a, one), one);
  numerator = hn::IfThenElse(large, hn::Neg(one), numerator);
  denominator = hn::IfThenElse(large, a, denominator);
  // High and low part of the angle added, in quarters of pi.
  const auto half = hn::Set(d, Number<D>(0.5));
  auto angle = hn::IfThenElseZero(middle, half);
  angle = hn::IfThenElse(large, one, angle);
  const auto r = hn::Div(numerator, denominator);
  const auto z = hn::Mul(r, r);
  const auto rest = hn::MulAdd(angle, hn::Set(d, C::half_pi_low), hn::Mul(hn::Mul(r, z), polynomial(d, z, C::atan)));
  return hn::CopySign(hn::MulAdd(angle, hn::Set(d, C::half_pi), hn::Add(r, rest)), x);
}

// ---- the others -----------------------------------------------------------------------------------------------------

template <class D> HWY_INLINE Vector<D> erf(D d, Vector<D> x) {
  using C = Constants<D>;
  const auto a = hn::Abs(x), one = hn::Set(d, Number<D>(1));
  const auto near = hn::MulAdd(a, polynomial(d, hn::Mul(a, a), C::erf), a);
  const auto high = hn::Set(d, C::erf_high);
  const auto t = hn::Sub(hn::IfThenElse(hn::Gt(a, high), high, a), one);
  const auto far = hn::Sub(one, exp(d, polynomial(d, t, C::erfc)));
  return hn::CopySign(hn::IfThenElse(hn::Lt(a, one), near, far), x);
}

template <class D> HWY_INLINE Vector<D> sign(D d, Vector<D> x) {
  const auto zero = hn::Zero(d), one = hn::Set(d, Number<D>(1));
  return hn::IfThenElse(hn::Or(hn::Gt(x, zero), hn::Lt(x, zero)), hn::CopySign(one, x), x);
}

// As math::maximum and math::minimum: the first NaN, else a > b ? a : b.
template <class D> HWY_INLINE Vector<D> maximum(D, Vector<D> a, Vector<D> b) {
  return hn::IfThenElse(hn::Or(hn::Gt(a, b), hn::IsNaN(a)), a, b);
}
template <class D> HWY_INLINE Vector<D> minimum(D, Vector<D> a, Vector<D> b) {
  return hn::IfThenElse(hn::Or(hn::Lt(a, b), hn::IsNaN(a)), a, b);
}

// To an integer; round: to nearest, ties to even. Highway's fallback takes 0.49999997 for 1 and loses signs of zeros.
#if HWY_TARGET == HWY_SCALAR
template <class D> HWY_INLINE Vector<D> floor(D d, Vector<D> x) { return hn::Set(d, std::floor(hn::GetLane(x))); }
template <class D> HWY_INLINE Vector<D> ceil(D d, Vector<D> x) { return hn::Set(d, std::ceil(hn::GetLane(x))); }
template <class D> HWY_INLINE Vector<D> round(D d, Vector<D> x) { return hn::Set(d, std::nearbyint(hn::GetLane(x))); }
#else
template <class D> HWY_INLINE Vector<D> floor(D, Vector<D> x) { return hn::Floor(x); }
template <class D> HWY_INLINE Vector<D> ceil(D, Vector<D> x) { return hn::Ceil(x); }
template <class D> HWY_INLINE Vector<D> round(D, Vector<D> x) { return hn::Round(x); }
#endif

// |x|^y from log and exp in double: within 0.51 ulp of float. The limits are those of the C library's pow.
template <class D> HWY_INLINE Vector<D> power_in_double(D d, Vector<D> x, Vector<D> y) {
  const auto one = hn::Set(d, 1.0), infinity = hn::Inf(d), zero = hn::Zero(d);
  const auto a = hn::Abs(x);
  auto p = exp(d, hn::Mul(y, log(d, a)));
  p = hn::IfThenElse(hn::And(hn::Eq(a, one), hn::Eq(hn::Abs(y), infinity)), one, p);
  const auto half = hn::Mul(y, hn::Set(d, 0.5));
  const auto is_integer = hn::Eq(round(d, y), y);
  const auto is_odd = hn::AndNot(hn::Eq(round(d, half), half), is_integer);
  p = hn::IfThenElse(is_odd, hn::CopySign(p, x), p);
  const auto no_root = hn::AndNot(is_integer, hn::And(hn::Lt(x, zero), hn::Lt(a, infinity)));
  p = hn::IfThenElse(no_root, hn::NaN(d), p);
  return hn::IfThenElse(hn::Or(hn::Eq(x, one), hn::Eq(y, zero)), one, p);
}

// x^y. Double, and instruction sets without vectors: by the C library, lane by lane.
template <class D> HWY_INLINE Vector<D> power(D d, Vector<D> x, Vector<D> y) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (sizeof(Number<D>) == 4) {
    const hn::Half<D> half;
    const hn::Rebind<double, decltype(half)> wide;
    const auto low =
        power_in_double(wide, hn::PromoteTo(wide, hn::LowerHalf(half, x)), hn::PromoteTo(wide, hn::LowerHalf(half, y)));
    const auto high =
        power_in_double(wide, hn::PromoteTo(wide, hn::UpperHalf(half, x)), hn::PromoteTo(wide, hn::UpperHalf(half, y)));
    return hn::Combine(d, hn::DemoteTo(half, high), hn::DemoteTo(half, low));
  }
#endif
  HWY_ALIGN Number<D> xs[HWY_MAX_BYTES / sizeof(Number<D>)], ys[HWY_MAX_BYTES / sizeof(Number<D>)];
  hn::Store(x, d, xs);
  hn::Store(y, d, ys);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) xs[i] = std::pow(xs[i], ys[i]);
  return hn::Load(d, xs);
}

}  // namespace backprop::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
