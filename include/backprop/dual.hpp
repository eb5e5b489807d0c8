// Dual numbers a + b e with e² = 0: f(x + e) = f(x) + f'(x) e, forward mode for any function template. Dual<Dual<T>>
// gives second derivatives. Include backprop/math.hpp for the functions. Thread safety: value types.
#pragma once
#include <type_traits>

namespace backprop {

template <class T> struct Dual {
  T value{};
  T tangent{};

  constexpr Dual() = default;
  constexpr Dual(T value, T tangent = T(0)) : value(value), tangent(tangent) {}  // NOLINT: a number is a dual number
  template <class N>
  requires(std::is_arithmetic_v<N> && !std::is_same_v<N, T>) constexpr Dual(N number)
      : value(static_cast<T>(number)), tangent(T(0)) {}  // NOLINT
  // The value alone: what a cast of a dual number to a plain one means.
  template <class N>
  requires std::is_arithmetic_v<N>
  explicit constexpr operator N() const { return static_cast<N>(value); }

  friend constexpr Dual operator-(const Dual& x) { return {-x.value, -x.tangent}; }
  friend constexpr Dual operator+(const Dual& x, const Dual& y) { return {x.value + y.value, x.tangent + y.tangent}; }
  friend constexpr Dual operator-(const Dual& x, const Dual& y) { return {x.value - y.value, x.tangent - y.tangent}; }
  friend constexpr Dual operator*(const Dual& x, const Dual& y) {
    return {x.value * y.value, x.tangent * y.value + x.value * y.tangent};
  }
  friend constexpr Dual operator/(const Dual& x, const Dual& y) {
    const T quotient = x.value / y.value;
    return {quotient, (x.tangent - quotient * y.tangent) / y.value};
  }
  Dual& operator+=(const Dual& y) { return *this = *this + y; }
  Dual& operator-=(const Dual& y) { return *this = *this - y; }
  Dual& operator*=(const Dual& y) { return *this = *this * y; }
  Dual& operator/=(const Dual& y) { return *this = *this / y; }

  // Comparisons look at the value alone: a branch taken is the branch differentiated.
  friend constexpr bool operator==(const Dual& x, const Dual& y) { return x.value == y.value; }
  friend constexpr bool operator!=(const Dual& x, const Dual& y) { return x.value != y.value; }
  friend constexpr bool operator<(const Dual& x, const Dual& y) { return x.value < y.value; }
  friend constexpr bool operator>(const Dual& x, const Dual& y) { return x.value > y.value; }
  friend constexpr bool operator<=(const Dual& x, const Dual& y) { return x.value <= y.value; }
  friend constexpr bool operator>=(const Dual& x, const Dual& y) { return x.value >= y.value; }
};

}  // namespace backprop
