// The kernels of tile programs: one loop an instruction, for every instruction set.
#include "run/cpu/tile_code.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run/cpu/tile_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "run/cpu/vector_math-inl.hpp"
#include "run/cpu/vector_memory-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu::HWY_NAMESPACE {
namespace {

// ---- instructions as function objects ------------------------------------------------------------------------------
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

// ---- the loops
// -------------------------------------------------------------------------------------------------------
template <class T, class F, int arity> void map(const TileSlot* slots, const TileStep& step, std::int64_t n) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const F f;
  T* const result = reinterpret_cast<T*>(slots[step.result].pointer);
  const TileSlot& sa = slots[step.arguments[0]];
  const TileSlot& sb = slots[step.arguments[arity > 1 ? 1 : 0]];
  const TileSlot& sc = slots[step.arguments[arity > 2 ? 2 : 0]];
  const T* const a = reinterpret_cast<const T*>(sa.pointer);
  const T* const b = reinterpret_cast<const T*>(sb.pointer);
  const T* const c = reinterpret_cast<const T*>(sc.pointer);
  const std::int64_t ma = sa.mask, mb = sb.mask, mc = sc.mask;
  const auto apply = [&](auto load, std::int64_t i) HWY_ATTR {
    const auto x = load(a + (i & ma));
    if constexpr (arity == 1)
      return f(d, x);
    else if constexpr (arity == 2)
      return f(d, x, load(b + (i & mb)));
    else
      return f(d, x, load(b + (i & mb)), load(c + (i & mc)));
  };
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(apply([&](const T* p) HWY_ATTR { return hn::LoadU(d, p); }, i), d, result + i);
  }
  if (i < n) {
    const auto rest = static_cast<std::size_t>(n - i);
    store_first(d, apply([&](const T* p) HWY_ATTR { return load_first(d, p, rest); }, i), result + i, rest);
  }
}

template <class T> void pack(const TileOperand& source, std::int64_t rows, std::int64_t columns, std::byte* buffer) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  T* to = reinterpret_cast<T*>(buffer);
  const T* from = static_cast<const T*>(source.pointer);
  // Whole vectors are stored, the next row overwrites what is too much.
  for (std::int64_t r = 0; r < rows; ++r, from += source.row_stride, to += columns) {
    if (source.column_stride == 1) {
      std::int64_t i = 0;
      for (; i + lanes <= columns; i += lanes) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
      if (i < columns) hn::StoreU(load_first(d, from + i, static_cast<std::size_t>(columns - i)), d, to + i);
    } else if (source.column_stride == 0) {
      const auto x = hn::Set(d, *from);
      for (std::int64_t i = 0; i < columns; i += lanes) hn::StoreU(x, d, to + i);
    } else {
      for (std::int64_t i = 0; i < columns; ++i) to[i] = from[i * source.column_stride];
    }
  }
}

template <class T> using Bits = hwy::MakeUnsigned<T>;

template <class T>
void pack_boolean(const TileOperand& source, std::int64_t rows, std::int64_t columns, std::byte* buffer) {
  auto* to = reinterpret_cast<Bits<T>*>(buffer);
  const auto* from = static_cast<const std::uint8_t*>(source.pointer);
  for (std::int64_t r = 0; r < rows; ++r, from += source.row_stride, to += columns) {
    if (source.column_stride == 1) {
      for (std::int64_t i = 0; i < columns; ++i) to[i] = Bits<T>(0) - static_cast<Bits<T>>(from[i] != 0);
    } else {
      for (std::int64_t i = 0; i < columns; ++i) {
        to[i] = Bits<T>(0) - static_cast<Bits<T>>(from[i * source.column_stride] != 0);
      }
    }
  }
}

template <class T>
void unpack(const TileSlot& buffer, std::int64_t rows, std::int64_t columns, const TileOperand& target) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const T* const from = reinterpret_cast<const T*>(buffer.pointer);
  T* to = static_cast<T*>(target.pointer);
  for (std::int64_t r = 0, index = 0; r < rows; ++r, to += target.row_stride, index += columns) {
    std::int64_t i = 0;
    if (target.column_stride == 1) {
      for (; i + lanes <= columns; i += lanes) hn::StoreU(hn::LoadU(d, from + ((index + i) & buffer.mask)), d, to + i);
      if (i < columns) {
        const auto rest = static_cast<std::size_t>(columns - i);
        store_first(d, load_first(d, from + ((index + i) & buffer.mask), rest), to + i, rest);
      }
    } else {
      for (; i < columns; ++i) to[i * target.column_stride] = from[(index + i) & buffer.mask];
    }
  }
}

template <class T>
void unpack_boolean(const TileSlot& buffer, std::int64_t rows, std::int64_t columns, const TileOperand& target) {
  const auto* const from = reinterpret_cast<const Bits<T>*>(buffer.pointer);
  auto* to = static_cast<std::uint8_t*>(target.pointer);
  for (std::int64_t r = 0, index = 0; r < rows; ++r, to += target.row_stride, index += columns) {
    if (target.column_stride == 1 && buffer.mask != 0) {
      for (std::int64_t i = 0; i < columns; ++i) to[i] = static_cast<std::uint8_t>(from[index + i] & 1);
    } else {
      for (std::int64_t i = 0; i < columns; ++i) {
        to[i * target.column_stride] = static_cast<std::uint8_t>(from[(index + i) & buffer.mask] & 1);
      }
    }
  }
}

template <class T> void splat(const void* element, std::byte* buffer) {
  T* const to = reinterpret_cast<T*>(buffer);
  const T value = *static_cast<const T*>(element);
  for (std::size_t i = 0; i < splat_bytes / sizeof(T); ++i) to[i] = value;
}

template <class T> void splat_boolean(const void* element, std::byte* buffer) {
  const Bits<T> value = Bits<T>(0) - static_cast<Bits<T>>(*static_cast<const std::uint8_t*>(element) != 0);
  splat<Bits<T>>(&value, buffer);
}

// ---- the table
// -------------------------------------------------------------------------------------------------------
template <class T> constexpr TileKernel operation_of(Primitive primitive) {
  switch (primitive) {
    case Primitive::argument:
    case Primitive::constant: return nullptr;
    case Primitive::negate: return &map<T, Negate, 1>;
    case Primitive::abs: return &map<T, Absolute, 1>;
    case Primitive::sign: return &map<T, Sign, 1>;
    case Primitive::exp: return &map<T, Exp, 1>;
    case Primitive::expm1: return &map<T, Expm1, 1>;
    case Primitive::log: return &map<T, Log, 1>;
    case Primitive::log1p: return &map<T, Log1p, 1>;
    case Primitive::sqrt: return &map<T, SquareRoot, 1>;
    case Primitive::sin: return &map<T, Sin, 1>;
    case Primitive::cos: return &map<T, Cos, 1>;
    case Primitive::tan: return &map<T, Tan, 1>;
    case Primitive::asin: return &map<T, Asin, 1>;
    case Primitive::acos: return &map<T, Acos, 1>;
    case Primitive::atan: return &map<T, Atan, 1>;
    case Primitive::sinh: return &map<T, Sinh, 1>;
    case Primitive::cosh: return &map<T, Cosh, 1>;
    case Primitive::tanh: return &map<T, Tanh, 1>;
    case Primitive::sigmoid: return &map<T, Sigmoid, 1>;
    case Primitive::erf: return &map<T, Erf, 1>;
    case Primitive::floor: return &map<T, Floor, 1>;
    case Primitive::ceil: return &map<T, Ceil, 1>;
    case Primitive::round: return &map<T, Round, 1>;
    case Primitive::logical_not: return &map<T, Not, 1>;
    case Primitive::add: return &map<T, Plus, 2>;
    case Primitive::subtract: return &map<T, Minus, 2>;
    case Primitive::multiply: return &map<T, Times, 2>;
    case Primitive::divide: return &map<T, Over, 2>;
    case Primitive::power: return &map<T, Power, 2>;
    case Primitive::maximum: return &map<T, Maximum, 2>;
    case Primitive::minimum: return &map<T, Minimum, 2>;
    case Primitive::equal: return &map<T, Equal, 2>;
    case Primitive::less: return &map<T, Less, 2>;
    case Primitive::less_equal: return &map<T, LessEqual, 2>;
    case Primitive::logical_and: return &map<T, And, 2>;
    case Primitive::logical_or: return &map<T, Or, 2>;
    case Primitive::logical_xor: return &map<T, ExclusiveOr, 2>;
    case Primitive::select: return &map<T, Select, 3>;
    case Primitive::multiply_add: return &map<T, MultiplyAdd, 3>;
  }
  return nullptr;
}

template <class T> const TileKernels& kernels_of() {
  static constexpr TileKernels kernels = [] {
    TileKernels k{};
    for (int i = 0; i < primitive_count; ++i) k.operation[i] = operation_of<T>(static_cast<Primitive>(i));
    k.copy = &map<T, Copy, 1>;
    k.pack = &pack<T>;
    k.pack_boolean = &pack_boolean<T>;
    k.unpack = &unpack<T>;
    k.unpack_boolean = &unpack_boolean<T>;
    k.splat = &splat<T>;
    k.splat_boolean = &splat_boolean<T>;
    return k;
  }();
  return kernels;
}

}  // namespace

const TileKernels* find_kernels(DType dtype) {
  return dtype == DType::float32 ? &kernels_of<float>() : &kernels_of<double>();
}

}  // namespace backprop::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace backprop::cpu {

HWY_EXPORT(find_kernels);
const TileKernels& tile_kernels(DType dtype) { return *HWY_DYNAMIC_DISPATCH(find_kernels)(dtype); }

}  // namespace backprop::cpu
#endif
