// Tile programs that are compiled whole: what layers and first-order optimisers give, so that nothing is stored between
// their instructions. A program is found here by its text, whatever wrote it; any other runs instruction by instruction.
// Thread safety: constants.
//
// The text: a letter an argument in the order of their first use (v: an element each, s: one number for the whole
// space), then the instructions, which define the registers after the arguments', then the registers of the outputs:
//   "vvs: add 0 1, multiply 3 2 -> 4"      (a + b) c
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/primitives.hpp"
#include "plan/tile_program.hpp"

namespace backprop::cpu {

inline constexpr std::string_view tile_sequences[] = {
    // activations, and losses of what they give
    "v: tanh 0 -> 1",
    "vv: sigmoid 0, subtract 2 1, multiply 3 3 -> 2 3 4",
    "vs: less_equal 0 1, select 2 1 0 -> 3",
    "vv: subtract 0 1, multiply 2 2 -> 2 3",
    "v: sigmoid 0 -> 1",
    "v: sigmoid 0, multiply 0 1 -> 2",
    "vvv: subtract 0 1, multiply 3 3, multiply 4 2 -> 3 5",
    "vv: multiply 0 1 -> 2",
    // derivatives
    "svv: subtract 0 1, multiply 1 3, multiply 2 4 -> 5",
    "svssv: multiply 0 1, multiply 2 5, subtract 3 4, multiply 4 7, multiply 6 8 -> 9",
    "vsv: multiply 0 0, subtract 1 3, multiply 2 4 -> 5",
    "svv: less 0 1, select 3 2 0 -> 4",
    "svs: multiply 0 1, multiply 2 3 -> 4",
    "sv: multiply 0 1 -> 2",
    "svsv: multiply 0 1, multiply 2 3, multiply 4 5 -> 6",
    "vsv: sigmoid 0, subtract 1 3, multiply_add 0 4 1, multiply 3 5, multiply 2 6 -> 7",
    "vvsvs: multiply_add 0 1 2, multiply 3 3, subtract 4 6, multiply 5 7 -> 8",
    // optimisers
    "vs: add 0 1 -> 2",
    ("vssss: add 0 1, multiply 5 2, expm1 6, negate 7, multiply 5 3, expm1 9, negate 10, sqrt 11, divide 1 12, "
     "divide 4 8 -> 5 13 14"),
    ("vssss: add 0 1, multiply 5 2, expm1 6, negate 7, multiply 5 3, expm1 9, negate 10, sqrt 11, multiply 4 12, "
     "divide 13 8 -> 5 14"),
    ("vsssss: add 0 1, multiply 6 2, expm1 7, negate 8, multiply 6 3, expm1 10, negate 11, sqrt 12, divide 1 13, "
     "divide 4 9, equal 6 1, select 16 1 5 -> 6 14 15 17"),
    "svv: multiply_add 0 1 2 -> 3",
    "svvsv: multiply_add 0 1 2, multiply_add 3 5 4 -> 5 6",
    ("svsvsvssssv: multiply 0 1, multiply_add 2 3 11, multiply 3 3, multiply 4 5, multiply_add 6 13 14, sqrt 15, "
     "multiply_add 16 7 8, multiply 9 12, divide 18 17, subtract 10 19 -> 12 15 20"),
    "svvsv: multiply_add 0 1 2, multiply_add 0 5 2, multiply_add 3 6 4 -> 5 7",
    ("svsvsvsssv: multiply 0 1, multiply_add 2 3 10, multiply 3 3, multiply 4 5, multiply_add 6 12 13, sqrt 14, "
     "add 15 7, multiply 8 11, divide 17 16, subtract 9 18 -> 11 14 19"),
    ("svsvsvsvsssv: multiply 0 1, multiply_add 2 3 12, multiply 3 3, multiply 4 5, multiply_add 6 14 15, maximum 7 "
     "16, sqrt 17, multiply_add 18 8 9, multiply 10 13, divide 20 19, subtract 11 21 -> 13 16 17 22"),
    ("svsvsvsssssv: multiply 0 1, multiply_add 2 3 12, multiply 3 3, multiply 4 5, multiply_add 6 14 15, sqrt 16, "
     "multiply_add 17 7 8, multiply 9 13, multiply_add 10 3 19, divide 20 18, subtract 11 21 -> 13 16 22"),
    ("svsvsvssv: multiply 0 1, multiply_add 2 3 9, abs 3, multiply 4 5, maximum 12 11, add 13 6, multiply 7 10, "
     "divide 15 14, subtract 8 16 -> 10 13 17"),
    // optimisers with a running average of the weights
    "svvvs: multiply_add 0 1 2, subtract 5 3, multiply_add 4 6 3 -> 5 7",
    ("svsvsvssssvvs: multiply 0 1, multiply_add 2 3 13, multiply 3 3, multiply 4 5, multiply_add 6 15 16, sqrt 17, "
     "multiply_add 18 7 8, multiply 9 14, divide 20 19, subtract 10 21, subtract 22 11, multiply_add 12 23 11 -> "
     "14 17 22 24"),
    ("vssvsvsvssssvs: multiply 0 1, multiply 2 3, multiply_add 4 5 15, multiply 5 5, multiply 6 7, multiply_add 8 "
     "17 18, sqrt 19, multiply_add 20 9 10, multiply 11 16, divide 22 21, subtract 14 23, subtract 24 12, "
     "multiply_add 13 25 12 -> 16 19 24 26"),
    ("vssvsvsvssss: multiply 0 1, multiply 2 3, multiply_add 4 5 13, multiply 5 5, multiply 6 7, multiply_add 8 15 "
     "16, sqrt 17, multiply_add 18 9 10, multiply 11 14, divide 20 19, subtract 12 21 -> 14 17 22"),
    ("vsvsssv: multiply 0 0, multiply 1 2, multiply_add 3 7 8, sqrt 9, add 10 4, divide 0 11, multiply_add 5 12 6 "
     "-> 9 13"),
    "vvssv: multiply 0 0, add 1 5, sqrt 6, add 7 2, divide 0 8, multiply_add 3 9 4 -> 6 10",
    // optimisers behind the outer product that is the gradient of one example
    "vvssv: multiply_add 0 1 2, multiply_add 3 5 4 -> 6",
    ("vvssvsssv: multiply_add 0 1 2, multiply 9 9, multiply 3 4, multiply_add 5 10 11, sqrt 12, add 13 6, divide 9 "
     "14, multiply_add 7 15 8 -> 12 16"),
    ("vvssvssvssssv: multiply_add 0 1 2, multiply 3 4, multiply_add 5 13 14, multiply 13 13, multiply 6 7, "
     "multiply_add 8 16 17, sqrt 18, multiply_add 19 9 10, multiply 11 15, divide 21 20, subtract 12 22 -> 15 18 "
     "23"),
    "vvssvsv: multiply_add 0 1 2, multiply_add 3 4 7, multiply_add 3 8 7, multiply_add 5 9 6 -> 8 10",
    "vvssvsv: multiply_add 0 1 2, multiply_add 3 4 7, multiply_add 5 8 6 -> 8 9",
    ("vvsvssv: multiply_add 0 1 2, multiply 7 7, add 3 8, sqrt 9, add 10 4, divide 7 11, multiply_add 5 12 6 -> 9 "
     "13"),
    ("vvsvssvssvssss: multiply_add 0 1 2, multiply 3 4, multiply 5 6, multiply_add 7 14 16, multiply 14 14, "
     "multiply 8 9, multiply_add 10 18 19, sqrt 20, multiply_add 21 11 12, multiply 13 17, divide 23 22, subtract "
     "15 24 -> 17 20 25"),
};

// A program's own text, whether it is in the list or not, and the registers that are its operands: arguments, then
// outputs. Registers that are the same for the whole space count as arguments. Empty where an output is one of those, a
// mask or an argument as it stands.
struct TileSequenceText {
  std::string text;
  std::vector<std::int32_t> operands;
};
TileSequenceText text_of(const TileProgram& program);
// By register: whether it is the same number for the whole space.
std::vector<bool> find_uniform(const TileProgram& program);

// A text taken apart.
struct TileSequence {
  struct Instruction {
    Primitive primitive = Primitive::argument;
    std::array<std::int32_t, 3> arguments = {-1, -1, -1};
  };
  std::int32_t arguments = 0, instructions = 0, outputs = 0;
  std::array<bool, 32> scalar = {};  // of the arguments
  std::array<Instruction, 64> code = {};
  std::array<std::int32_t, 8> output = {};
};

constexpr TileSequence parse_tile_sequence(std::string_view text) {
  TileSequence s;
  std::size_t at = 0;
  for (; text[at] != ':'; ++at) s.scalar[static_cast<std::size_t>(s.arguments++)] = text[at] == 's';
  const auto word = [&] {
    while (at < text.size() && (text[at] == ' ' || text[at] == ':' || text[at] == ',')) ++at;
    const std::size_t begin = at;
    while (at < text.size() && text[at] != ' ' && text[at] != ',') ++at;
    return text.substr(begin, at - begin);
  };
  const auto number = [](std::string_view digits) {
    std::int32_t n = 0;
    for (const char c : digits) n = 10 * n + (c - '0');
    return n;
  };
  for (std::string_view name = word(); name != "->"; name = word()) {
    TileSequence::Instruction& instruction = s.code[static_cast<std::size_t>(s.instructions++)];
    int p = 0;
    while (primitive_names[p] != name) ++p;  // an unknown name does not compile
    instruction.primitive = static_cast<Primitive>(p);
    for (int i = 0; i < primitive_arity(instruction.primitive); ++i) {
      instruction.arguments[static_cast<std::size_t>(i)] = number(word());
    }
  }
  for (std::string_view reg = word(); !reg.empty(); reg = word()) {
    s.output[static_cast<std::size_t>(s.outputs++)] = number(reg);
  }
  return s;
}

}  // namespace backprop::cpu
