// The functions of which rules are made, for float, double, integers, Dual and Expression alike. A rule calls them by
// qualified name: `[](auto x) { return math::tanh(x); }`. Thread safety: pure functions.
#pragma once
#include <concepts>
#include <numbers>
#include <type_traits>

#include "backprop/dual.hpp"
#include "backprop/expression.hpp"

namespace backprop::math {

template <class T>
concept Plain = std::is_arithmetic_v<T>;

// The number v, of x's kind.
template <Plain T> constexpr T like(T, double v) { return static_cast<T>(v); }
template <class T> constexpr Dual<T> like(const Dual<T>&, double v) { return Dual<T>(v); }
inline Expression like(Expression x, double v) { return constant_like(x, v); }

// c ? a : b, without a branch in an Expression.
template <class T>
requires(!std::is_same_v<T, Expression>) constexpr T where(bool c, const T& a, const T& b) { return c ? a : b; }
inline Expression where(Expression c, Expression a, Expression b) { return append(Primitive::select, c, a, b); }

// ---- plain numbers: the compiler's builtins, since <cmath> takes a quarter of a second to compile -------------------
inline float exp(float x) { return __builtin_expf(x); }
inline double exp(double x) { return __builtin_exp(x); }
inline float expm1(float x) { return __builtin_expm1f(x); }
inline double expm1(double x) { return __builtin_expm1(x); }
inline float log(float x) { return __builtin_logf(x); }
inline double log(double x) { return __builtin_log(x); }
inline float log1p(float x) { return __builtin_log1pf(x); }
inline double log1p(double x) { return __builtin_log1p(x); }
inline float sqrt(float x) { return __builtin_sqrtf(x); }
inline double sqrt(double x) { return __builtin_sqrt(x); }
inline float sin(float x) { return __builtin_sinf(x); }
inline double sin(double x) { return __builtin_sin(x); }
inline float cos(float x) { return __builtin_cosf(x); }
inline double cos(double x) { return __builtin_cos(x); }
inline float tan(float x) { return __builtin_tanf(x); }
inline double tan(double x) { return __builtin_tan(x); }
inline float asin(float x) { return __builtin_asinf(x); }
inline double asin(double x) { return __builtin_asin(x); }
inline float acos(float x) { return __builtin_acosf(x); }
inline double acos(double x) { return __builtin_acos(x); }
inline float atan(float x) { return __builtin_atanf(x); }
inline double atan(double x) { return __builtin_atan(x); }
inline float sinh(float x) { return __builtin_sinhf(x); }
inline double sinh(double x) { return __builtin_sinh(x); }
inline float cosh(float x) { return __builtin_coshf(x); }
inline double cosh(double x) { return __builtin_cosh(x); }
inline float tanh(float x) { return __builtin_tanhf(x); }
inline double tanh(double x) { return __builtin_tanh(x); }
inline float erf(float x) { return __builtin_erff(x); }
inline double erf(double x) { return __builtin_erf(x); }
inline float floor(float x) { return __builtin_floorf(x); }
inline double floor(double x) { return __builtin_floor(x); }
inline float ceil(float x) { return __builtin_ceilf(x); }
inline double ceil(double x) { return __builtin_ceil(x); }
// Ties to even in the default rounding mode.
inline float round(float x) { return __builtin_nearbyintf(x); }
inline double round(double x) { return __builtin_nearbyint(x); }
inline float power(float x, float y) { return __builtin_powf(x, y); }
inline double power(double x, double y) { return __builtin_pow(x, y); }
inline float multiply_add(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline double multiply_add(double a, double b, double c) { return __builtin_fma(a, b, c); }
template <Plain T> T abs(T x) { return x < T(0) ? T(-x) : x; }
inline float abs(float x) { return __builtin_fabsf(x); }
inline double abs(double x) { return __builtin_fabs(x); }
template <Plain T> T sign(T x) { return x > T(0) ? T(1) : x < T(0) ? T(-1) : x; }  // sign NaN = NaN, sign 0 = 0
// The two branches keep e^x from overflowing.
template <Plain T> T sigmoid(T x) {
  const T e = exp(-abs(x));
  return x >= T(0) ? T(1) / (T(1) + e) : (x < T(0) ? e / (T(1) + e) : x);
}
template <Plain T> T maximum(T a, T b) { return a != a ? a : (b != b ? b : (a > b ? a : b)); }
template <Plain T> T minimum(T a, T b) { return a != a ? a : (b != b ? b : (a < b ? a : b)); }
template <std::integral T> T multiply_add(T a, T b, T c) { return static_cast<T>(a * b + c); }

// ---- dual numbers: f(a + b e) = f(a) + f'(a) b e ------------------------------------------------------------------
// Declared first for those that come before them, so that they serve Dual<Dual<T>> too.
template <class T> Dual<T> cos(const Dual<T>& x);
template <class T> Dual<T> cosh(const Dual<T>& x);
// Whether number and tangents of every order are zero.
template <Plain T> constexpr bool is_zero(T x) { return x == T(0); }
template <class T> constexpr bool is_zero(const Dual<T>& x) { return is_zero(x.value) && is_zero(x.tangent); }
template <class T> Dual<T> exp(const Dual<T>& x) {
  const T y = exp(x.value);
  return {y, y * x.tangent};
}
template <class T> Dual<T> expm1(const Dual<T>& x) { return {expm1(x.value), exp(x.value) * x.tangent}; }
template <class T> Dual<T> log(const Dual<T>& x) { return {log(x.value), x.tangent / x.value}; }
template <class T> Dual<T> log1p(const Dual<T>& x) { return {log1p(x.value), x.tangent / (T(1) + x.value)}; }
template <class T> Dual<T> sqrt(const Dual<T>& x) {
  const T y = sqrt(x.value);
  return {y, x.tangent / (T(2) * y)};
}
template <class T> Dual<T> sin(const Dual<T>& x) { return {sin(x.value), cos(x.value) * x.tangent}; }
template <class T> Dual<T> cos(const Dual<T>& x) { return {cos(x.value), -sin(x.value) * x.tangent}; }
template <class T> Dual<T> tan(const Dual<T>& x) {
  const T y = tan(x.value);
  return {y, (T(1) + y * y) * x.tangent};
}
template <class T> Dual<T> asin(const Dual<T>& x) {
  return {asin(x.value), x.tangent / sqrt((T(1) - x.value) * (T(1) + x.value))};
}
template <class T> Dual<T> acos(const Dual<T>& x) {
  return {acos(x.value), -x.tangent / sqrt((T(1) - x.value) * (T(1) + x.value))};
}
template <class T> Dual<T> atan(const Dual<T>& x) { return {atan(x.value), x.tangent / (T(1) + x.value * x.value)}; }
template <class T> Dual<T> sinh(const Dual<T>& x) { return {sinh(x.value), cosh(x.value) * x.tangent}; }
template <class T> Dual<T> cosh(const Dual<T>& x) { return {cosh(x.value), sinh(x.value) * x.tangent}; }
template <class T> Dual<T> tanh(const Dual<T>& x) {
  const T y = tanh(x.value);
  return {y, (T(1) - y * y) * x.tangent};
}
template <class T> Dual<T> sigmoid(const Dual<T>& x) {
  const T y = sigmoid(x.value);
  return {y, y * (T(1) - y) * x.tangent};
}
template <class T> Dual<T> erf(const Dual<T>& x) {
  return {erf(x.value), T(2 * std::numbers::inv_sqrtpi) * exp(-x.value * x.value) * x.tangent};
}
template <class T> Dual<T> floor(const Dual<T>& x) { return {floor(x.value), T(0)}; }
template <class T> Dual<T> ceil(const Dual<T>& x) { return {ceil(x.value), T(0)}; }
template <class T> Dual<T> round(const Dual<T>& x) { return {round(x.value), T(0)}; }
template <class T> Dual<T> sign(const Dual<T>& x) { return {sign(x.value), T(0)}; }
template <class T> Dual<T> abs(const Dual<T>& x) { return {abs(x.value), sign(x.value) * x.tangent}; }  // |0|' = 0
// d x^y = y x^(y-1) dx + x^y log x dy; each part counts only where its tangent is not zero, 0^y log 0 and 0 0^-1 as 0.
template <class T> Dual<T> power(const Dual<T>& x, const Dual<T>& y) {
  const T p = power(x.value, y.value);
  T tangent = T(0);
  if (!is_zero(x.tangent) && !(x.value == T(0) && y.value == T(0))) {
    tangent = tangent + y.value * power(x.value, y.value - T(1)) * x.tangent;
  }
  if (!is_zero(y.tangent) && !(x.value == T(0))) tangent = tangent + p * log(x.value) * y.tangent;
  return {p, tangent};
}
// Ties share the derivative equally.
template <class T> Dual<T> maximum(const Dual<T>& a, const Dual<T>& b) {
  const T v = maximum(a.value, b.value);
  return {v, a.value == b.value ? (a.tangent + b.tangent) / T(2) : (v == a.value ? a.tangent : b.tangent)};
}
template <class T> Dual<T> minimum(const Dual<T>& a, const Dual<T>& b) {
  const T v = minimum(a.value, b.value);
  return {v, a.value == b.value ? (a.tangent + b.tangent) / T(2) : (v == a.value ? a.tangent : b.tangent)};
}
template <class T> Dual<T> multiply_add(const Dual<T>& a, const Dual<T>& b, const Dual<T>& c) {
  return {multiply_add(a.value, b.value, c.value), a.tangent * b.value + a.value * b.tangent + c.tangent};
}

// ---- expressions: the instruction itself ---------------------------------------------------------------------------
inline Expression exp(Expression x) { return append(Primitive::exp, x); }
inline Expression expm1(Expression x) { return append(Primitive::expm1, x); }
inline Expression log(Expression x) { return append(Primitive::log, x); }
inline Expression log1p(Expression x) { return append(Primitive::log1p, x); }
inline Expression sqrt(Expression x) { return append(Primitive::sqrt, x); }
inline Expression sin(Expression x) { return append(Primitive::sin, x); }
inline Expression cos(Expression x) { return append(Primitive::cos, x); }
inline Expression tan(Expression x) { return append(Primitive::tan, x); }
inline Expression asin(Expression x) { return append(Primitive::asin, x); }
inline Expression acos(Expression x) { return append(Primitive::acos, x); }
inline Expression atan(Expression x) { return append(Primitive::atan, x); }
inline Expression sinh(Expression x) { return append(Primitive::sinh, x); }
inline Expression cosh(Expression x) { return append(Primitive::cosh, x); }
inline Expression tanh(Expression x) { return append(Primitive::tanh, x); }
inline Expression sigmoid(Expression x) { return append(Primitive::sigmoid, x); }
inline Expression erf(Expression x) { return append(Primitive::erf, x); }
inline Expression floor(Expression x) { return append(Primitive::floor, x); }
inline Expression ceil(Expression x) { return append(Primitive::ceil, x); }
inline Expression round(Expression x) { return append(Primitive::round, x); }
inline Expression abs(Expression x) { return append(Primitive::abs, x); }
inline Expression sign(Expression x) { return append(Primitive::sign, x); }
inline Expression power(Expression x, Expression y) { return append(Primitive::power, x, y); }
inline Expression maximum(Expression a, Expression b) { return append(Primitive::maximum, a, b); }
inline Expression minimum(Expression a, Expression b) { return append(Primitive::minimum, a, b); }
inline Expression multiply_add(Expression a, Expression b, Expression c) {
  return append(Primitive::multiply_add, a, b, c);
}

}  // namespace backprop::math
