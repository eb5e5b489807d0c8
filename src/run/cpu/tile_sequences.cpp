// The loops of the tile programs that are compiled whole.
#include "run/cpu/tile_sequences.hpp"

#include <algorithm>
#include <utility>

#include "run/cpu/tile_code.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run/cpu/tile_sequences.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "run/cpu/tile_loop-inl.hpp"
#include "run/cpu/vector_memory-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace backprop::cpu::HWY_NAMESPACE {
namespace {

using Kernels = std::array<TileSequenceKernel, std::size(tile_sequences)>;

#if HWY_TARGET != HWY_SCALAR

template <std::size_t number> inline constexpr TileSequence sequence = parse_tile_sequence(tile_sequences[number]);

// The registers of the instructions, from those of the arguments.
template <std::size_t number, int i, class D, class V> HWY_INLINE void evaluate(D d, V* registers) {
  constexpr const TileSequence& s = sequence<number>;
  if constexpr (i < s.instructions) {
    constexpr auto instruction = s.code[i];
    constexpr auto a = instruction.arguments;
    constexpr auto function = tile::function_of<instruction.primitive>();
    V& result = registers[s.arguments + i];
    if constexpr (primitive_arity(instruction.primitive) == 1)
      result = function(d, registers[a[0]]);
    else if constexpr (primitive_arity(instruction.primitive) == 2)
      result = function(d, registers[a[0]], registers[a[1]]);
    else
      result = function(d, registers[a[0]], registers[a[1]], registers[a[2]]);
    evaluate<number, i + 1>(d, registers);
  }
}

// Elements [i, n), less than a vector. (Apart, since that is often all that a small network has, and it needs few
// registers.)
// NOLINTBEGIN(clang-analyzer-core.*): the analyzer does not know the numbers that `s` is made of
template <class T, std::size_t number>
HWY_NOINLINE void run_rest(const TileSlot* operands, std::int64_t i, std::int64_t n) noexcept {
  constexpr const TileSequence& s = sequence<number>;
  const hn::ScalableTag<T> d;
  const auto rest = static_cast<std::size_t>(n - i);
  hn::Vec<decltype(d)> registers[s.arguments + s.instructions];
#pragma GCC unroll 32
  for (int k = 0; k < s.arguments; ++k) {
    const T* const from = reinterpret_cast<const T*>(operands[k].pointer);
    registers[k] = s.scalar[k] ? hn::Set(d, *from) : load_rest(d, from + (i & operands[k].mask), rest);
  }
  T* to[s.outputs];
#pragma GCC unroll 8
  for (int k = 0; k < s.outputs; ++k) to[k] = reinterpret_cast<T*>(operands[s.arguments + k].pointer);
  evaluate<number, 0>(d, registers);
#pragma GCC unroll 8
  for (int k = 0; k < s.outputs; ++k) store_rest(d, registers[s.output[k]], to[k] + i, rest);
}

template <class T, std::size_t number> void run(const TileSlot* operands, std::int64_t n) noexcept {
  constexpr const TileSequence& s = sequence<number>;
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  if (n < lanes) return run_rest<T, number>(operands, 0, n);
  V scalars[s.arguments];
  // Copies: for all the compiler knows, what is stored may be the operands.
  const T* from[s.arguments];
  std::int64_t mask[s.arguments];
  T* to[s.outputs];
#pragma GCC unroll 32
  for (int k = 0; k < s.arguments; ++k) {
    from[k] = reinterpret_cast<const T*>(operands[k].pointer);
    mask[k] = operands[k].mask;
    if (s.scalar[k]) scalars[k] = hn::Set(d, *from[k]);
  }
#pragma GCC unroll 8
  for (int k = 0; k < s.outputs; ++k) to[k] = reinterpret_cast<T*>(operands[s.arguments + k].pointer);
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    V registers[s.arguments + s.instructions];
#pragma GCC unroll 32
    for (int k = 0; k < s.arguments; ++k) {
      registers[k] = s.scalar[k] ? scalars[k] : hn::LoadU(d, from[k] + (i & mask[k]));
    }
    evaluate<number, 0>(d, registers);
#pragma GCC unroll 8
    for (int k = 0; k < s.outputs; ++k) hn::StoreU(registers[s.output[k]], d, to[k] + i);
  }
  if (i < n) run_rest<T, number>(operands, i, n);
}
// NOLINTEND(clang-analyzer-core.*)

template <class T, std::size_t... number> constexpr Kernels kernels_from(std::index_sequence<number...>) {
  return {&run<T, number>...};
}

#endif

}  // namespace

const Kernels* find_sequences([[maybe_unused]] DType dtype) {
#if HWY_TARGET == HWY_SCALAR
  static constexpr Kernels none = {};
  return &none;
#else
  static constexpr auto numbers = std::make_index_sequence<std::size(tile_sequences)>();
  static constexpr Kernels floats = kernels_from<float>(numbers), doubles = kernels_from<double>(numbers);
  return dtype == DType::float32 ? &floats : &doubles;
#endif
}

}  // namespace backprop::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace backprop::cpu {

HWY_EXPORT(find_sequences);

std::vector<bool> find_uniform(const TileProgram& program) {
  std::vector<bool> uniform;
  for (const TileInstruction& instruction : program.instructions) {
    const std::int32_t* const a = instruction.arguments;
    uniform.push_back(instruction.primitive == Primitive::argument
                          ? program.inputs[static_cast<std::size_t>(a[0])].scalar
                          : std::all_of(a, a + arity_of(instruction.primitive), [&](std::int32_t r) {
                              return static_cast<bool>(uniform[static_cast<std::size_t>(r)]);
                            }));
  }
  return uniform;
}

TileSequenceText text_of(const TileProgram& program) {
  const std::vector<bool> uniform = find_uniform(program);
  const auto is_step = [&](std::size_t r) { return !uniform[r] && arity_of(program.instructions[r].primitive) > 0; };
  for (const TileOutput& output : program.outputs) {
    if (!is_step(static_cast<std::size_t>(output.reg)) || program.is_mask(output.reg)) return {};
  }
  TileSequenceText result;
  std::vector<std::int32_t> number(program.instructions.size(), -1);  // of the registers, in the text
  const auto for_each_step = [&](auto&& visit) {
    for (std::size_t r = 0; r < program.instructions.size(); ++r) {
      if (is_step(r)) visit(r, program.instructions[r], arity_of(program.instructions[r].primitive));
    }
  };
  for_each_step([&](std::size_t, const TileInstruction& instruction, int arity) {
    for (int i = 0; i < arity; ++i) {
      const auto a = static_cast<std::size_t>(instruction.arguments[i]);
      if (is_step(a) || number[a] >= 0) continue;
      number[a] = static_cast<std::int32_t>(result.operands.size());
      result.operands.push_back(instruction.arguments[i]);
      result.text += uniform[a] ? 's' : 'v';
    }
  });
  auto next = static_cast<std::int32_t>(result.operands.size());
  const char* separator = ": ";
  for_each_step([&](std::size_t r, const TileInstruction& instruction, int arity) {
    result.text += std::exchange(separator, ", ") + std::string(to_string(instruction.primitive));
    for (int i = 0; i < arity; ++i) {
      result.text += " " + std::to_string(number[static_cast<std::size_t>(instruction.arguments[i])]);
    }
    number[r] = next++;
  });
  result.text += " ->";
  for (const TileOutput& output : program.outputs) {
    result.text += " " + std::to_string(number[static_cast<std::size_t>(output.reg)]);
    result.operands.push_back(output.reg);
  }
  return result;
}

TileSequenceKernel find_tile_sequence(DType dtype, std::string_view text) {
  const auto found = std::find(std::begin(tile_sequences), std::end(tile_sequences), text);
  return found == std::end(tile_sequences) ? nullptr
                                           : (*HWY_DYNAMIC_DISPATCH(find_sequences)(
                                                 dtype))[static_cast<std::size_t>(found - std::begin(tile_sequences))];
}

}  // namespace backprop::cpu
#endif
