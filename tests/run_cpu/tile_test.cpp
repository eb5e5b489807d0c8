// Compiled tiles against the plain evaluation of the same program, element by element.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "backprop/compile.hpp"
#include "backprop/error.hpp"
#include "backprop/math.hpp"
#include "backprop/tensor.hpp"
#include "instruction_sets.hpp"
#include "run/cpu/tile_code.hpp"

namespace backprop::cpu {
namespace {

// One element by the definition, in T. Exact primitives only.
template <class T> std::vector<T> evaluate(const TileProgram& program, const std::vector<T>& inputs, bool fused) {
  std::vector<T> r;
  for (const TileInstruction& i : program.instructions) {
    const auto a = [&](int k) { return r[static_cast<std::size_t>(i.arguments[k])]; };
    switch (i.primitive) {
      case Primitive::argument: r.push_back(inputs[static_cast<std::size_t>(i.arguments[0])]); break;
      case Primitive::constant: r.push_back(static_cast<T>(i.constant)); break;
      case Primitive::negate: r.push_back(-a(0)); break;
      case Primitive::abs: r.push_back(math::abs(a(0))); break;
      case Primitive::sign: r.push_back(math::sign(a(0))); break;
      case Primitive::sqrt: r.push_back(std::sqrt(a(0))); break;
      case Primitive::floor: r.push_back(std::floor(a(0))); break;
      case Primitive::ceil: r.push_back(std::ceil(a(0))); break;
      case Primitive::round: r.push_back(std::nearbyint(a(0))); break;
      case Primitive::logical_not: r.push_back(a(0) == 0); break;
      case Primitive::add: r.push_back(a(0) + a(1)); break;
      case Primitive::subtract: r.push_back(a(0) - a(1)); break;
      case Primitive::multiply: r.push_back(a(0) * a(1)); break;
      case Primitive::divide: r.push_back(a(0) / a(1)); break;
      case Primitive::maximum: r.push_back(math::maximum(a(0), a(1))); break;
      case Primitive::minimum: r.push_back(math::minimum(a(0), a(1))); break;
      case Primitive::equal: r.push_back(a(0) == a(1)); break;
      case Primitive::less: r.push_back(a(0) < a(1)); break;
      case Primitive::less_equal: r.push_back(a(0) <= a(1)); break;
      case Primitive::logical_and: r.push_back(a(0) != 0 && a(1) != 0); break;
      case Primitive::logical_or: r.push_back(a(0) != 0 || a(1) != 0); break;
      case Primitive::logical_xor: r.push_back((a(0) != 0) != (a(1) != 0)); break;
      case Primitive::select: r.push_back(a(0) != 0 ? a(1) : a(2)); break;
      case Primitive::multiply_add: r.push_back(fused ? std::fma(a(0), a(1), a(2)) : a(0) * a(1) + a(2)); break;
      default: ADD_FAILURE() << to_string(i.primitive); r.push_back(0);
    }
  }
  std::vector<T> outputs;
  for (const TileOutput& o : program.outputs) outputs.push_back(r[static_cast<std::size_t>(o.reg)]);
  return outputs;
}

template <class T> bool same_bits(T a, T b) { return std::memcmp(&a, &b, sizeof(T)) == 0 || (a != a && b != b); }

std::byte* allocate_scratch(const CompiledTile& tile, std::vector<std::byte>& storage) {
  storage.assign(tile.scratch_bytes() + 64, std::byte{0xff});
  const auto address = reinterpret_cast<std::uintptr_t>(storage.data());
  return storage.data() + (64 - address % 64) % 64;
}

// How one operand of a random run lies in memory; strides in elements.
struct Placement {
  std::int64_t row_stride, column_stride, offset;
};

std::vector<Placement> input_placements(std::int64_t rows, std::int64_t columns) {
  return {{columns, 1, 0}, {columns, 1, 1}, {columns + 5, 1, 3},     {0, 1, 1},          {1, 0, 1}, {0, 0, 2},
          {3, 0, 0},       {1, rows, 0},    {2 * columns + 1, 2, 1}, {columns * 3, 3, 0}};
}

template <class T> TileProgram random_program(std::mt19937& random) {
  TileProgram program;
  program.dtype = dtype_of<T>;
  const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  std::vector<std::int32_t> numbers, masks;
  const std::size_t inputs = 1 + pick(4);
  for (std::size_t i = 0; i < inputs; ++i) {
    numbers.push_back(program.add_input({TileStorage::number, pick(5) == 0}));
  }
  masks.push_back(program.add_input({TileStorage::boolean, pick(5) == 0}));
  numbers.push_back(program.add_constant(0.75));
  numbers.push_back(program.add_constant(-0.0));
  const std::size_t instructions = 1 + pick(12);
  for (std::size_t i = 0; i < instructions; ++i) {
    constexpr Primitive exact[] = {
        Primitive::negate,     Primitive::abs,         Primitive::sign,       Primitive::sqrt,
        Primitive::floor,      Primitive::ceil,        Primitive::round,      Primitive::logical_not,
        Primitive::add,        Primitive::subtract,    Primitive::multiply,   Primitive::divide,
        Primitive::maximum,    Primitive::minimum,     Primitive::equal,      Primitive::less,
        Primitive::less_equal, Primitive::logical_and, Primitive::logical_or, Primitive::logical_xor,
        Primitive::select,     Primitive::multiply_add};
    const Primitive p = exact[pick(std::size(exact))];
    std::vector<std::int32_t> arguments;
    for (int k = 0; k < arity_of(p); ++k) {
      const bool mask = (p == Primitive::select && k == 0) || p == Primitive::logical_not ||
                        (p >= Primitive::logical_and && p <= Primitive::logical_xor);
      const auto& from = mask ? masks : numbers;
      arguments.push_back(pick(2) == 0 ? from.back() : from[pick(from.size())]);  // chains make pairs
    }
    (gives_mask(p) ? masks : numbers).push_back(program.add(p, arguments));
  }
  const std::size_t outputs = 1 + pick(3);
  for (std::size_t i = 0; i < outputs; ++i) {
    const auto& from = pick(4) == 0 ? masks : numbers;
    program.add_output(pick(2) == 0 ? from.back() : from[pick(from.size())]);
  }
  return program;
}

template <class T> T random_number(std::mt19937& random) {
  constexpr T special[] = {T(0),
                           -T(0),
                           T(1),
                           T(-1),
                           T(0.5),
                           T(2.5),
                           std::numeric_limits<T>::infinity(),
                           -std::numeric_limits<T>::infinity(),
                           std::numeric_limits<T>::quiet_NaN()};
  if (random() % 8 == 0) return special[random() % std::size(special)];
  return std::normal_distribution<T>(0, 3)(random);
}

// Worked out before it is known where the operands lie.
void run_prepared(const CompiledTile& tile, const std::vector<TileOperand>& operands, std::int64_t rows,
                  std::int64_t columns, std::byte* scratch) {
  std::vector<TileOperand> nowhere = operands;
  for (TileOperand& operand : nowhere) operand.pointer = nullptr;
  PreparedTile prepared(tile, nowhere, rows, columns);
  for (std::size_t i = 0; i < operands.size(); ++i) *prepared.pointer(i) = operands[i].pointer;
  prepared.run(scratch);
}

template <class T> void check_random_program(std::mt19937& random, bool fused) {
  const TileProgram program = random_program<T>(random);
  SCOPED_TRACE(to_string(program));
  const CompiledTile tile = compile_tile(program);
  std::vector<std::byte> storage;
  std::byte* scratch = allocate_scratch(tile, storage);
  constexpr std::int64_t sizes[] = {1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 33, 64, 100, 255, 257, 300, 1023, 1025, 2100};
  std::int64_t rows = sizes[random() % std::size(sizes)], columns = sizes[random() % std::size(sizes)];
  if (rows * columns > 8000) rows = 1 + static_cast<std::int64_t>(random() % 9);
  const std::size_t inputs = program.inputs.size(), outputs = program.outputs.size();

  // Exactly as long as the strides ask for, so that a sanitizer sees what is read beyond.
  std::vector<Placement> placements;
  std::vector<std::vector<T>> numbers(inputs);
  std::vector<std::vector<std::uint8_t>> booleans(inputs);
  std::vector<TileOperand> operands;
  const auto choices = input_placements(rows, columns);
  const bool all_flat = random() % 3 == 0;
  for (std::size_t i = 0; i < inputs; ++i) {
    Placement p = all_flat ? choices[random() % 2] : choices[random() % choices.size()];
    if (program.inputs[i].scalar) p = {0, 0, 1};
    placements.push_back(p);
    const auto length =
        static_cast<std::size_t>(p.offset + (rows - 1) * p.row_stride + (columns - 1) * p.column_stride + 1);
    void* data = nullptr;
    if (program.inputs[i].storage == TileStorage::number) {
      numbers[i].resize(length);
      for (T& x : numbers[i]) x = random_number<T>(random);
      data = numbers[i].data() + p.offset;
    } else {
      booleans[i].resize(length);
      for (auto& x : booleans[i]) x = random() % 2;
      data = booleans[i].data() + p.offset;
    }
    operands.push_back({data, p.row_stride, p.column_stride});
  }
  const auto original = numbers;
  const auto original_booleans = booleans;
  std::vector<std::vector<T>> number_results(outputs);
  std::vector<std::vector<std::uint8_t>> boolean_results(outputs);
  std::vector<bool> taken(inputs);
  for (std::size_t k = 0; k < outputs; ++k) {
    const bool mask = program.is_mask(program.outputs[k].reg);
    // In place of an input that covers the space once.
    bool in_place = false;
    for (std::size_t i = 0; i < inputs && !in_place; ++i) {
      const Placement& p = placements[i];
      const bool covers = p.column_stride != 0 && p.row_stride >= columns * p.column_stride;
      if (random() % 2 == 0 || taken[i] || !covers || mask != (program.inputs[i].storage == TileStorage::boolean)) {
        continue;
      }
      taken[i] = in_place = true;
      operands.push_back(operands[i]);
      placements.push_back(p);
    }
    if (in_place) continue;
    const Placement ways[] = {{columns, 1, 1}, {columns + 3, 1, 0}, {1, rows, 0}, {columns, 1, 0}};
    const Placement p = ways[random() % std::size(ways)];
    const auto length =
        static_cast<std::size_t>(p.offset + (rows - 1) * p.row_stride + (columns - 1) * p.column_stride + 1);
    number_results[k].assign(mask ? 0 : length, T(-77));
    boolean_results[k].assign(mask ? length : 0, 77);
    placements.push_back(p);
    operands.push_back({mask ? static_cast<void*>(boolean_results[k].data() + p.offset)
                             : static_cast<void*>(number_results[k].data() + p.offset),
                        p.row_stride, p.column_stride});
  }
  if (random() % 2 == 0) {
    run_tile(tile, operands.data(), rows, columns, scratch);
  } else {
    run_prepared(tile, operands, rows, columns, scratch);
  }

  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      const auto at = [&](std::size_t o) {
        return static_cast<std::size_t>(r * placements[o].row_stride + c * placements[o].column_stride);
      };
      std::vector<T> x;
      for (std::size_t i = 0; i < inputs; ++i) {
        const std::size_t index = at(i) + static_cast<std::size_t>(placements[i].offset);
        x.push_back(program.inputs[i].storage == TileStorage::number ? original[i][index]
                                                                     : T(original_booleans[i][index]));
      }
      const std::vector<T> expected = evaluate(program, x, fused);
      for (std::size_t k = 0; k < outputs; ++k) {
        const bool mask = program.is_mask(program.outputs[k].reg);
        const void* p = operands[inputs + k].pointer;
        const T actual =
            mask ? T(static_cast<const std::uint8_t*>(p)[at(inputs + k)]) : static_cast<const T*>(p)[at(inputs + k)];
        ASSERT_TRUE(same_bits(actual, expected[k])) << "output " << k << " at " << r << ", " << c << " of " << rows
                                                    << " x " << columns << ": " << actual << " for " << expected[k];
      }
    }
  }
}

TEST(Tile, RandomProgramsEqualTheirDefinition) {
  for_each_instruction_set([](std::int64_t target) {
    const bool fused = has_fused_multiply_add(target);
    std::mt19937 random(7);
    for (int i = 0; i < 150 && !testing::Test::HasFailure(); ++i) {
      SCOPED_TRACE(i);
      check_random_program<float>(random, fused);
      check_random_program<double>(random, fused);
    }
  });
}

TEST(Tile, OutputsMayExchangeInputs) {
  TileProgram program;
  const auto a = program.add_input(), b = program.add_input();
  program.add_output(b);
  program.add_output(a);
  const CompiledTile tile = compile_tile(program);
  std::vector<std::byte> storage;
  std::byte* scratch = allocate_scratch(tile, storage);
  std::vector<float> x(3000, 1.0f), y(3000, 2.0f);
  const TileOperand operands[] = {{x.data(), 0, 1}, {y.data(), 0, 1}, {x.data(), 0, 1}, {y.data(), 0, 1}};
  run_tile(tile, operands, 1, 3000, scratch);
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_TRUE(x[i] == 2.0f && y[i] == 1.0f) << i;
}

TEST(Tile, WhatIsPreparedFollowsItsOperandsAndItsScratch) {
  TileProgram program;
  const auto x = program.add_input(), scalar = program.add_input({TileStorage::number, true});
  const auto sum = program.add(Primitive::add, {{x, scalar}});
  program.add_output(sum);
  program.add_output(program.add(Primitive::multiply, {{sum, x}}));  // reads x when the sum is written
  const CompiledTile tile = compile_tile(program);
  PreparedTile prepared(tile, {{nullptr, 0, 1}, {nullptr, 0, 0}, {nullptr, 0, 1}, {nullptr, 0, 1}}, 1, 5);
  for (int run = 0; run < 6; ++run) {
    std::vector<std::byte> storage;
    std::byte* scratch = allocate_scratch(tile, storage);
    std::vector<float> in(5, static_cast<float>(run)), apart(5), product(5);
    const float one = static_cast<float>(run % 2);
    std::vector<float>& out = run % 3 == 0 ? in : apart;  // at times in place
    *prepared.pointer(0) = in.data();
    *prepared.pointer(1) = const_cast<float*>(&one);
    *prepared.pointer(2) = out.data();
    *prepared.pointer(3) = product.data();
    prepared.run(scratch);
    const float wanted = static_cast<float>(run) + one;
    EXPECT_EQ(out, std::vector<float>(5, wanted)) << run;
    EXPECT_EQ(product, std::vector<float>(5, wanted * static_cast<float>(run))) << run;
  }
}

TEST(Tile, EmptySpacesTouchNothing) {
  TileProgram program;
  program.add_output(program.add(Primitive::negate, {{program.add_input()}}));
  const CompiledTile tile = compile_tile(program);
  std::vector<std::byte> storage;
  std::byte* scratch = allocate_scratch(tile, storage);
  const TileOperand operands[] = {{nullptr, 0, 1}, {nullptr, 0, 1}};
  run_tile(tile, operands, 0, 5, scratch);
  run_tile(tile, operands, 5, 0, scratch);
  PreparedTile(tile, {operands[0], operands[1]}, 0, 5).run(scratch);
}

TEST(Tile, LayoutsOfAnyRankAndAnySplit) {
  std::mt19937 random(3);
  TileProgram program;
  const auto x = program.add_input(), y = program.add_input();
  program.add_output(program.add(Primitive::subtract, {{x, y}}));
  const CompiledTile tile = compile_tile(program);
  std::vector<std::byte> storage;
  std::byte* scratch = allocate_scratch(tile, storage);
  for (int repeat = 0; repeat < 300; ++repeat) {
    const auto rank = static_cast<std::size_t>(random() % 5);
    Extents extents(rank), b_shape;
    for (auto& e : extents) e = 1 + random() % 6;
    for (const auto e : extents) b_shape.push_back(random() % 2 == 0 ? 1 : e);
    b_shape.erase(b_shape.begin(), b_shape.begin() + static_cast<std::ptrdiff_t>(random() % (rank + 1)));
    const auto n = static_cast<std::size_t>(count(extents));
    std::vector<float> a(n), b(static_cast<std::size_t>(count(b_shape))), result(n, -1.0f);
    for (auto& v : a) v = static_cast<float>(random() % 100);
    for (auto& v : b) v = static_cast<float>(random() % 100);
    const Extents b_strides = broadcast_strides(b_shape, extents);
    const Extents dense = broadcast_strides(extents, extents);
    const TileLayout layout = merge_dimensions(extents, {dense, b_strides, dense});
    ASSERT_EQ(layout.elements(), count(extents));
    void* pointers[] = {a.data(), b.data(), result.data()};
    const std::int64_t cut = static_cast<std::int64_t>(random() % static_cast<unsigned>(layout.units() + 1));
    run_tile(tile, layout, pointers, cut, layout.units(), scratch);
    run_tile(tile, layout, pointers, 0, cut, scratch);
    for (std::size_t i = 0; i < n; ++i) {
      std::size_t rest = i, j = 0;
      for (std::size_t d = rank; d-- > 0;) {
        const auto e = static_cast<std::size_t>(extents[d]);
        j += rest % e * static_cast<std::size_t>(b_strides[d]);
        rest /= e;
      }
      ASSERT_EQ(result[i], a[i] - b[j]) << to_string(extents) << " " << to_string(b_shape) << " " << i;
    }
  }
}

TEST(Tile, MergesWhatLiesTogether) {
  const TileLayout flat = merge_dimensions({4, 3, 5}, {{15, 5, 1}, {0, 0, 0}, {15, 5, 1}});
  EXPECT_EQ(flat.extents, Extents({60}));
  EXPECT_EQ(flat.strides, (std::vector<Extents>{{1}, {0}, {1}}));
  const TileLayout bias = merge_dimensions({4, 3, 5}, {{15, 5, 1}, {0, 0, 1}, {15, 5, 1}});
  EXPECT_EQ(bias.extents, Extents({12, 5}));
  const TileLayout transposed = merge_dimensions({3, 4}, {{1, 3}, {1, 3}});
  EXPECT_EQ(transposed.extents, Extents({12}));
  EXPECT_EQ(merge_dimensions({}, {{}, {}}).extents, Extents({1}));
  EXPECT_EQ(merge_dimensions({3, 0}, {{0, 1}}).units(), 0);
  EXPECT_THROW(broadcast_strides({3}, {2, 4}), Error);
}

}  // namespace
}  // namespace backprop::cpu
