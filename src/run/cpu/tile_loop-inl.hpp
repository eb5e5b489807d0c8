// The instructions of tile programs as function objects, and the loop that runs them. Included inside a foreach_target
// source. Thread safety: pure functions.
#if defined(BACKPROP_TILE_LOOP_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef BACKPROP_TILE_LOOP_INL_HPP
#undef BACKPROP_TILE_LOOP_INL_HPP
#else
#define BACKPROP_TILE_LOOP_INL_HPP
#endif

#include <cstdint>

#include "hwy/highway.h"
#include "run/cpu/tile_code.hpp"
#include "run/cpu/vector_math-inl.hpp"
#include "run/cpu/vector_memory-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu::HWY_NAMESPACE {
namespace tile {

struct Copy {
  template <class D, class V> HWY_INLINE V operator()(D, V a) const { return a; }
};
struct Negate {
  template <class D, class V> HWY_INLINE V operator()(D, V a) const { return hn::Neg(a); }
};
struct Absolute {
  template <class D, class V> HWY_INLINE V operator()(D, V a) const { return hn::Abs(a); }
};
struct Sign {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return sign(d, a); }
};
struct Exp {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return exp(d, a); }
};
struct Expm1 {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return expm1(d, a); }
};
struct Log {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return log(d, a); }
};
struct Log1p {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return log1p(d, a); }
};
struct SquareRoot {
  template <class D, class V> HWY_INLINE V operator()(D, V a) const { return hn::Sqrt(a); }
};
struct Sin {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return sin(d, a); }
};
struct Cos {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return cos(d, a); }
};
struct Tan {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return tan(d, a); }
};
struct Asin {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return asin(d, a); }
};
struct Acos {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return acos(d, a); }
};
struct Atan {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return atan(d, a); }
};
struct Sinh {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return sinh(d, a); }
};
struct Cosh {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return cosh(d, a); }
};
struct Tanh {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return tanh(d, a); }
};
struct Sigmoid {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return sigmoid(d, a); }
};
struct Erf {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return erf(d, a); }
};
struct Floor {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return floor(d, a); }
};
struct Ceil {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return ceil(d, a); }
};
struct Round {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const { return round(d, a); }
};
struct Not {
  template <class D, class V> HWY_INLINE V operator()(D d, V a) const {
    const hn::RebindToUnsigned<D> du;
    return hn::BitCast(d, hn::Not(hn::BitCast(du, a)));
  }
};
struct Plus {
  template <class D, class V> HWY_INLINE V operator()(D, V a, V b) const { return hn::Add(a, b); }
};
struct Minus {
  template <class D, class V> HWY_INLINE V operator()(D, V a, V b) const { return hn::Sub(a, b); }
};
struct Times {
  template <class D, class V> HWY_INLINE V operator()(D, V a, V b) const { return hn::Mul(a, b); }
};
struct Over {
  template <class D, class V> HWY_INLINE V operator()(D, V a, V b) const { return hn::Div(a, b); }
};
struct Power {
  template <class D, class V> HWY_INLINE V operator()(D d, V a, V b) const { return power(d, a, b); }
};
struct Maximum {
  template <class D, class V> HWY_INLINE V operator()(D d, V a, V b) const { return maximum(d, a, b); }
};
struct Minimum {
  template <class D, class V> HWY_INLINE V operator()(D d, V a, V b) const { return minimum(d, a, b); }
};
struct Equal {
  template <class D, class V> HWY_INLINE V operator()(D d, V a, V b) const { return hn::VecFromMask(d, hn::Eq(a, b)); }
};
struct Less {
  template <class D, class V> HWY_INLINE V operator()(D d, V a, V b) const { return hn::VecFromMask(d, hn::Lt(a, b)); }
};
struct LessEqual {
  template <class D, class V> HWY_INLINE V operator()(D d, V a, V b) const { return hn::VecFromMask(d, hn::Le(a, b)); }
};
struct And {
  template <class D, class V> HWY_INLINE V operator()(D, V a, V b) const { return hn::And(a, b); }
};
struct Or {
  template <class D, class V> HWY_INLINE V operator()(D, V a, V b) const { return hn::Or(a, b); }
};
struct ExclusiveOr {
  template <class D, class V> HWY_INLINE V operator()(D, V a, V b) const { return hn::Xor(a, b); }
};
struct Select {
  template <class D, class V> HWY_INLINE V operator()(D, V c, V a, V b) const {
    return hn::IfThenElse(hn::MaskFromVec(c), a, b);
  }
};
struct MultiplyAdd {
  template <class D, class V> HWY_INLINE V operator()(D, V a, V b, V c) const { return hn::MulAdd(a, b, c); }
};

// The function object of a primitive.
template <Primitive p> constexpr auto function_of() {
  if constexpr (p == Primitive::negate)
    return Negate();
  else if constexpr (p == Primitive::abs)
    return Absolute();
  else if constexpr (p == Primitive::sign)
    return Sign();
  else if constexpr (p == Primitive::exp)
    return Exp();
  else if constexpr (p == Primitive::expm1)
    return Expm1();
  else if constexpr (p == Primitive::log)
    return Log();
  else if constexpr (p == Primitive::log1p)
    return Log1p();
  else if constexpr (p == Primitive::sqrt)
    return SquareRoot();
  else if constexpr (p == Primitive::sin)
    return Sin();
  else if constexpr (p == Primitive::cos)
    return Cos();
  else if constexpr (p == Primitive::tan)
    return Tan();
  else if constexpr (p == Primitive::asin)
    return Asin();
  else if constexpr (p == Primitive::acos)
    return Acos();
  else if constexpr (p == Primitive::atan)
    return Atan();
  else if constexpr (p == Primitive::sinh)
    return Sinh();
  else if constexpr (p == Primitive::cosh)
    return Cosh();
  else if constexpr (p == Primitive::tanh)
    return Tanh();
  else if constexpr (p == Primitive::sigmoid)
    return Sigmoid();
  else if constexpr (p == Primitive::erf)
    return Erf();
  else if constexpr (p == Primitive::floor)
    return Floor();
  else if constexpr (p == Primitive::ceil)
    return Ceil();
  else if constexpr (p == Primitive::round)
    return Round();
  else if constexpr (p == Primitive::logical_not)
    return Not();
  else if constexpr (p == Primitive::add)
    return Plus();
  else if constexpr (p == Primitive::subtract)
    return Minus();
  else if constexpr (p == Primitive::multiply)
    return Times();
  else if constexpr (p == Primitive::divide)
    return Over();
  else if constexpr (p == Primitive::power)
    return Power();
  else if constexpr (p == Primitive::maximum)
    return Maximum();
  else if constexpr (p == Primitive::minimum)
    return Minimum();
  else if constexpr (p == Primitive::equal)
    return Equal();
  else if constexpr (p == Primitive::less)
    return Less();
  else if constexpr (p == Primitive::less_equal)
    return LessEqual();
  else if constexpr (p == Primitive::logical_and)
    return And();
  else if constexpr (p == Primitive::logical_or)
    return Or();
  else if constexpr (p == Primitive::logical_xor)
    return ExclusiveOr();
  else if constexpr (p == Primitive::select)
    return Select();
  else if constexpr (p == Primitive::multiply_add)
    return MultiplyAdd();
}

// result[i] = f(arguments[i] ...) for `count` arguments. Cheap functions take several vectors at a time: what a loop
// costs beside them is half of it.
template <class T, int count, bool cheap, class F>
HWY_INLINE void for_each_vector(const TileSlot* slots, const TileStep& step, std::int64_t n, F f) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  constexpr std::int64_t unrolled = cheap && HWY_TARGET != HWY_SCALAR ? splat_bytes / 64 : 1;
  T* const result = reinterpret_cast<T*>(slots[step.result].pointer);
  const T* from[count];
  std::int64_t mask[count];
#pragma GCC unroll 5
  for (int k = 0; k < count; ++k) {
    const TileSlot& slot = slots[step.arguments[k]];
    from[k] = reinterpret_cast<const T*>(slot.pointer);
    mask[k] = slot.mask;
  }
  const auto whole = [&](std::int64_t i, std::int64_t more) HWY_ATTR {
    V x[count];
#pragma GCC unroll 5
    for (int k = 0; k < count; ++k) x[k] = hn::LoadU(d, from[k] + (i & mask[k]) + more);
    hn::StoreU(f(d, x), d, result + i + more);
  };
  std::int64_t i = 0;
  if constexpr (unrolled > 1) {
    for (; i + unrolled * lanes <= n; i += unrolled * lanes) {
#pragma GCC unroll 4
      for (std::int64_t u = 0; u < unrolled; ++u) whole(i, u * lanes);
    }
  }
  for (; i + lanes <= n; i += lanes) whole(i, 0);
  if (i < n) {
    const auto rest = static_cast<std::size_t>(n - i);
    V x[count];
#pragma GCC unroll 5
    for (int k = 0; k < count; ++k) x[k] = load_first(d, from[k] + (i & mask[k]), rest);
    store_first(d, f(d, x), result + i, rest);
  }
}

// One instruction.
template <class T, class F, int arity, bool cheap = false>
void map(const TileSlot* slots, const TileStep& step, std::int64_t n) {
  for_each_vector<T, arity, cheap>(slots, step, n, [](auto d, const auto* x) HWY_ATTR {
    if constexpr (arity == 1)
      return F()(d, x[0]);
    else if constexpr (arity == 2)
      return F()(d, x[0], x[1]);
    else
      return F()(d, x[0], x[1], x[2]);
  });
}

// Two instructions, the first one's result being argument `place` of the second; arguments: those of the first, then
// the others of the second. Saves a store and a load.
template <class T, class First, int first_arity, class Second, int second_arity, int place>
void map_pair(const TileSlot* slots, const TileStep& step, std::int64_t n) {
  constexpr int count = first_arity + second_arity - 1;
  for_each_vector<T, count, true>(slots, step, n, [](auto d, const auto* x) HWY_ATTR {
    const auto y = [&]() HWY_ATTR {
      if constexpr (first_arity == 1)
        return First()(d, x[0]);
      else if constexpr (first_arity == 2)
        return First()(d, x[0], x[1]);
      else
        return First()(d, x[0], x[1], x[2]);
    }();
    const auto* rest = x + first_arity;
    if constexpr (second_arity == 1)
      return Second()(d, y);
    else if constexpr (second_arity == 2)
      return place == 0 ? Second()(d, y, rest[0]) : Second()(d, rest[0], y);
    else if constexpr (place == 0)
      return Second()(d, y, rest[0], rest[1]);
    else
      return Second()(d, rest[0], rest[1], y);
  });
}

}  // namespace tile
}  // namespace backprop::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
