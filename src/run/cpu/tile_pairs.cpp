// Super-instructions of tile programs: pairs of instructions that often follow each other, as one loop.
#include "run/cpu/tile_code.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run/cpu/tile_pairs.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "run/cpu/tile_loop-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu::HWY_NAMESPACE {
namespace {

template <class T> std::span<const TilePair> pairs_of() {
#if HWY_TARGET == HWY_SCALAR
  return {};
#else
  static constexpr TilePair pairs[] = {
      {Primitive::add, Primitive::multiply, 0, &tile::map_pair<T, tile::Plus, 2, tile::Times, 2, 0>},
      {Primitive::add, Primitive::maximum, 0, &tile::map_pair<T, tile::Plus, 2, tile::Maximum, 2, 0>},
      {Primitive::add, Primitive::maximum, 1, &tile::map_pair<T, tile::Plus, 2, tile::Maximum, 2, 1>},
      {Primitive::add, Primitive::divide, 0, &tile::map_pair<T, tile::Plus, 2, tile::Over, 2, 0>},
      {Primitive::add, Primitive::subtract, 0, &tile::map_pair<T, tile::Plus, 2, tile::Minus, 2, 0>},
      {Primitive::add, Primitive::add, 0, &tile::map_pair<T, tile::Plus, 2, tile::Plus, 2, 0>},
      {Primitive::add, Primitive::multiply_add, 0, &tile::map_pair<T, tile::Plus, 2, tile::MultiplyAdd, 3, 0>},
      {Primitive::subtract, Primitive::multiply, 0, &tile::map_pair<T, tile::Minus, 2, tile::Times, 2, 0>},
      {Primitive::subtract, Primitive::multiply_add, 0, &tile::map_pair<T, tile::Minus, 2, tile::MultiplyAdd, 3, 0>},
      {Primitive::subtract, Primitive::add, 0, &tile::map_pair<T, tile::Minus, 2, tile::Plus, 2, 0>},
      {Primitive::subtract, Primitive::maximum, 1, &tile::map_pair<T, tile::Minus, 2, tile::Maximum, 2, 1>},
      {Primitive::subtract, Primitive::divide, 0, &tile::map_pair<T, tile::Minus, 2, tile::Over, 2, 0>},
      {Primitive::subtract, Primitive::subtract, 1, &tile::map_pair<T, tile::Minus, 2, tile::Minus, 2, 1>},
      {Primitive::multiply, Primitive::add, 0, &tile::map_pair<T, tile::Times, 2, tile::Plus, 2, 0>},
      {Primitive::multiply, Primitive::subtract, 0, &tile::map_pair<T, tile::Times, 2, tile::Minus, 2, 0>},
      {Primitive::multiply, Primitive::subtract, 1, &tile::map_pair<T, tile::Times, 2, tile::Minus, 2, 1>},
      {Primitive::multiply, Primitive::multiply, 0, &tile::map_pair<T, tile::Times, 2, tile::Times, 2, 0>},
      {Primitive::multiply, Primitive::multiply_add, 0, &tile::map_pair<T, tile::Times, 2, tile::MultiplyAdd, 3, 0>},
      {Primitive::multiply, Primitive::multiply_add, 2, &tile::map_pair<T, tile::Times, 2, tile::MultiplyAdd, 3, 2>},
      {Primitive::multiply, Primitive::divide, 0, &tile::map_pair<T, tile::Times, 2, tile::Over, 2, 0>},
      {Primitive::multiply_add, Primitive::add, 0, &tile::map_pair<T, tile::MultiplyAdd, 3, tile::Plus, 2, 0>},
      {Primitive::multiply_add, Primitive::multiply, 0, &tile::map_pair<T, tile::MultiplyAdd, 3, tile::Times, 2, 0>},
      {Primitive::multiply_add, Primitive::multiply_add, 0,
       &tile::map_pair<T, tile::MultiplyAdd, 3, tile::MultiplyAdd, 3, 0>},
      {Primitive::multiply_add, Primitive::multiply_add, 2,
       &tile::map_pair<T, tile::MultiplyAdd, 3, tile::MultiplyAdd, 3, 2>},
      {Primitive::multiply_add, Primitive::subtract, 1, &tile::map_pair<T, tile::MultiplyAdd, 3, tile::Minus, 2, 1>},
      {Primitive::multiply_add, Primitive::maximum, 0, &tile::map_pair<T, tile::MultiplyAdd, 3, tile::Maximum, 2, 0>},
      {Primitive::multiply_add, Primitive::maximum, 1, &tile::map_pair<T, tile::MultiplyAdd, 3, tile::Maximum, 2, 1>},
      {Primitive::multiply_add, Primitive::sqrt, 0, &tile::map_pair<T, tile::MultiplyAdd, 3, tile::SquareRoot, 1, 0>},
      {Primitive::multiply_add, Primitive::divide, 1, &tile::map_pair<T, tile::MultiplyAdd, 3, tile::Over, 2, 1>},
      {Primitive::divide, Primitive::multiply_add, 0, &tile::map_pair<T, tile::Over, 2, tile::MultiplyAdd, 3, 0>},
      {Primitive::divide, Primitive::multiply, 0, &tile::map_pair<T, tile::Over, 2, tile::Times, 2, 0>},
      {Primitive::divide, Primitive::subtract, 1, &tile::map_pair<T, tile::Over, 2, tile::Minus, 2, 1>},
      {Primitive::divide, Primitive::add, 0, &tile::map_pair<T, tile::Over, 2, tile::Plus, 2, 0>},
      {Primitive::sqrt, Primitive::add, 0, &tile::map_pair<T, tile::SquareRoot, 1, tile::Plus, 2, 0>},
      {Primitive::sqrt, Primitive::multiply_add, 0, &tile::map_pair<T, tile::SquareRoot, 1, tile::MultiplyAdd, 3, 0>},
      {Primitive::sqrt, Primitive::multiply, 0, &tile::map_pair<T, tile::SquareRoot, 1, tile::Times, 2, 0>},
      {Primitive::sqrt, Primitive::divide, 1, &tile::map_pair<T, tile::SquareRoot, 1, tile::Over, 2, 1>},
      {Primitive::less, Primitive::select, 0, &tile::map_pair<T, tile::Less, 2, tile::Select, 3, 0>},
      {Primitive::less_equal, Primitive::select, 0, &tile::map_pair<T, tile::LessEqual, 2, tile::Select, 3, 0>},
      {Primitive::equal, Primitive::select, 0, &tile::map_pair<T, tile::Equal, 2, tile::Select, 3, 0>},
  };
  return pairs;
#endif
}

}  // namespace

std::span<const TilePair> find_pairs(DType dtype) {
  return dtype == DType::float32 ? pairs_of<float>() : pairs_of<double>();
}

}  // namespace backprop::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace backprop::cpu {

HWY_EXPORT(find_pairs);
std::span<const TilePair> tile_pairs(DType dtype) { return HWY_DYNAMIC_DISPATCH(find_pairs)(dtype); }

}  // namespace backprop::cpu
#endif
