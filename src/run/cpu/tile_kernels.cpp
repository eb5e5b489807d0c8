// The kernels of tile programs for every instruction set: one loop an instruction, and the ways into and out of tiles.
#include "run/cpu/tile_code.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run/cpu/tile_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "run/cpu/tile_loop-inl.hpp"
#include "run/cpu/vector_memory-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu::HWY_NAMESPACE {
namespace {

template <class T> void pack(const TileOperand& source, std::int64_t rows, std::int64_t columns, std::byte* buffer) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  T* to = reinterpret_cast<T*>(buffer);
  const T* from = static_cast<const T*>(source.pointer);
  if (source.row_stride == 0 && source.column_stride == 1 && columns <= lanes) {
    const auto x = load_first(d, from, static_cast<std::size_t>(columns));
    for (std::int64_t r = 0; r < rows; ++r, to += columns) hn::StoreU(x, d, to);
    return;
  }
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

// ---- the table ------------------------------------------------------------------------------------------------------

template <class T> constexpr TileKernel operation_of(Primitive primitive) {
  switch (primitive) {
    case Primitive::argument:
    case Primitive::constant: return nullptr;
    case Primitive::negate: return &tile::map<T, tile::Negate, 1, true>;
    case Primitive::abs: return &tile::map<T, tile::Absolute, 1, true>;
    case Primitive::sign: return &tile::map<T, tile::Sign, 1>;
    case Primitive::exp: return &tile::map<T, tile::Exp, 1>;
    case Primitive::expm1: return &tile::map<T, tile::Expm1, 1>;
    case Primitive::log: return &tile::map<T, tile::Log, 1>;
    case Primitive::log1p: return &tile::map<T, tile::Log1p, 1>;
    case Primitive::sqrt: return &tile::map<T, tile::SquareRoot, 1>;
    case Primitive::sin: return &tile::map<T, tile::Sin, 1>;
    case Primitive::cos: return &tile::map<T, tile::Cos, 1>;
    case Primitive::tan: return &tile::map<T, tile::Tan, 1>;
    case Primitive::asin: return &tile::map<T, tile::Asin, 1>;
    case Primitive::acos: return &tile::map<T, tile::Acos, 1>;
    case Primitive::atan: return &tile::map<T, tile::Atan, 1>;
    case Primitive::sinh: return &tile::map<T, tile::Sinh, 1>;
    case Primitive::cosh: return &tile::map<T, tile::Cosh, 1>;
    case Primitive::tanh: return &tile::map<T, tile::Tanh, 1>;
    case Primitive::sigmoid: return &tile::map<T, tile::Sigmoid, 1>;
    case Primitive::erf: return &tile::map<T, tile::Erf, 1>;
    case Primitive::floor: return &tile::map<T, tile::Floor, 1>;
    case Primitive::ceil: return &tile::map<T, tile::Ceil, 1>;
    case Primitive::round: return &tile::map<T, tile::Round, 1>;
    case Primitive::logical_not: return &tile::map<T, tile::Not, 1, true>;
    case Primitive::add: return &tile::map<T, tile::Plus, 2, true>;
    case Primitive::subtract: return &tile::map<T, tile::Minus, 2, true>;
    case Primitive::multiply: return &tile::map<T, tile::Times, 2, true>;
    case Primitive::divide: return &tile::map<T, tile::Over, 2>;
    case Primitive::power: return &tile::map<T, tile::Power, 2>;
    case Primitive::maximum: return &tile::map<T, tile::Maximum, 2, true>;
    case Primitive::minimum: return &tile::map<T, tile::Minimum, 2, true>;
    case Primitive::equal: return &tile::map<T, tile::Equal, 2, true>;
    case Primitive::less: return &tile::map<T, tile::Less, 2, true>;
    case Primitive::less_equal: return &tile::map<T, tile::LessEqual, 2, true>;
    case Primitive::logical_and: return &tile::map<T, tile::And, 2, true>;
    case Primitive::logical_or: return &tile::map<T, tile::Or, 2, true>;
    case Primitive::logical_xor: return &tile::map<T, tile::ExclusiveOr, 2, true>;
    case Primitive::select: return &tile::map<T, tile::Select, 3, true>;
    case Primitive::multiply_add: return &tile::map<T, tile::MultiplyAdd, 3, true>;
  }
  return nullptr;
}

template <class T> const TileKernels& kernels_of() {
  static constexpr TileKernels kernels = [] {
    TileKernels k{};
    for (int i = 0; i < primitive_count; ++i) k.operation[i] = operation_of<T>(static_cast<Primitive>(i));
    k.copy = &tile::map<T, tile::Copy, 1, true>;
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
