// The kernels of tile programs for every instruction set: one loop an instruction, and the ways into and out of tiles.
#include <utility>

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

template <class T>
void look_up(const void* source, std::int64_t count, const std::int32_t* indices, std::int64_t n, std::byte* buffer) {
  const hn::ScalableTag<T> d;
  const hn::RebindToSigned<decltype(d)> to_index;
  const hn::Rebind<std::int32_t, decltype(d)> from_index;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto x = load_rest(d, static_cast<const T*>(source), static_cast<std::size_t>(count));
  T* const to = reinterpret_cast<T*>(buffer);
  for (std::int64_t i = 0; i < n; i += lanes) {
    const auto index = hn::LoadU(from_index, indices + i);
    if constexpr (sizeof(T) == sizeof(std::int32_t))
      hn::StoreU(hn::TableLookupLanes(x, hn::IndicesFromVec(d, index)), d, to + i);
    else
      hn::StoreU(hn::TableLookupLanes(x, hn::IndicesFromVec(d, hn::PromoteTo(to_index, index))), d, to + i);
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

// Those that take so few cycles that the loop around them counts.
constexpr bool is_cheap(Primitive p) {
  return p == Primitive::negate || p == Primitive::abs || p == Primitive::logical_not ||
         (p >= Primitive::add && p != Primitive::divide && p != Primitive::power);
}

template <class T, int... i> constexpr TileKernels kernels_from(std::integer_sequence<int, i...>) {
  constexpr auto operation = []<Primitive p>() -> TileKernel {
    if constexpr (primitive_arity(p) == 0)
      return nullptr;
    else
      return &tile::map<T, decltype(tile::function_of<p>()), primitive_arity(p), is_cheap(p)>;
  };
  return {.vector_bytes = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<T>()) * sizeof(T)),
          .operation = {operation.template operator()<static_cast<Primitive>(i)>()...},
          .copy = &tile::map<T, tile::Copy, 1, true>,
          .pack = &pack<T>,
          .pack_boolean = &pack_boolean<T>,
          .unpack = &unpack<T>,
          .unpack_boolean = &unpack_boolean<T>,
          .look_up = &look_up<T>,
          .splat = &splat<T>,
          .splat_boolean = &splat_boolean<T>};
}

template <class T> const TileKernels& kernels_of() {
  static constexpr TileKernels kernels = kernels_from<T>(std::make_integer_sequence<int, primitive_count>());
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
