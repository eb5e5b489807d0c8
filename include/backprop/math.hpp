// The functions of which rules are made, for float, double, integers, Dual and Expression alike. A rule calls them by
// qualified name: `[](auto x) { return math::tanh(x); }`. Thread safety: pure functions.
#pragma once
#include <cmath>
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

// ---- plain numbers -------------------------------------------------------------------------------------------------
template <Plain T> T exp(T x) { return std::exp(x); }
template <Plain T> T expm1(T x) { return std::expm1(x); }
template <Plain T> T log(T x) { return std::log(x); }
template <Plain T> T log1p(T x) { return std::log1p(x); }
template <Plain T> T sqrt(T x) { return std::sqrt(x); }
template <Plain T> T sin(T x) { return std::sin(x); }
template <Plain T> T cos(T x) { return std::cos(x); }
template <Plain T> T tan(T x) { return std::tan(x); }
template <Plain T> T asin(T x) { return std::asin(x); }
template <Plain T> T acos(T x) { return std::acos(x); }
template <Plain T> T atan(T x) { return std::atan(x); }
template <Plain T> T sinh(T x) { return std::sinh(x); }
template <Plain T> T cosh(T x) { return std::cosh(x); }
template <Plain T> T tanh(T x) { return std::tanh(x); }
template <Plain T> T erf(T x) { return std::erf(x); }
template <Plain T> T floor(T x) { return std::floor(x); }
template <Plain T> T ceil(T x) { return std::ceil(x); }
template <Plain T> T round(T x) { return std::nearbyint(x); }  // ties to even in the default rounding mode
template <Plain T> T power(T x, T y) { return std::pow(x, y); }
template <Plain T> T abs(T x) { return std::is_floating_point_v<T> ? std::fabs(x) : (x < T(0) ? T(-x) : x); }
template <Plain T> T sign(T x) { return x > T(0) ? T(1) : x < T(0) ? T(-1) : x; }  // sign NaN = NaN, sign 0 = 0
// The two branches keep e^x from overflowing.
template <Plain T> T sigmoid(T x) {
  const T e = std::exp(-std::fabs(x));
  return x >= T(0) ? T(1) / (T(1) + e) : (x < T(0) ? e / (T(1) + e) : x);
}
template <Plain T> T maximum(T a, T b) { return a != a ? a : (b != b ? b : (a > b ? a : b)); }
template <Plain T> T minimum(T a, T b) { return a != a ? a : (b != b ? b : (a < b ? a : b)); }
template <Plain T> T multiply_add(T a, T b, T c) {
  if constexpr (std::is_floating_point_v<T>)
    return std::fma(a, b, c);
  else
    return static_cast<T>(a * b + c);
}

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
