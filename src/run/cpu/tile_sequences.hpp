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
    // derivatives
    "svssv: multiply 0 1, multiply 2 5, subtract 3 4, multiply 4 7, multiply 6 8 -> 9",
    "vsv: multiply 0 0, subtract 1 3, multiply 2 4 -> 5",
    "svv: less 0 1, select 3 2 0 -> 4",
    "svs: multiply 0 1, multiply 2 3 -> 4",
    // optimisers
    "vs: add 0 1 -> 2",
    "vssss: add 0 1, power 2 5, subtract 1 6, power 3 5, subtract 1 8, sqrt 9, divide 1 10, divide 4 7 -> 5 11 12",
    "svv: multiply_add 0 1 2 -> 3",
    "svvsv: multiply_add 0 1 2, multiply_add 3 5 4 -> 5 6",
    "svsvsvssssv: multiply 0 1, multiply_add 2 3 11, multiply 3 3, multiply 4 5, multiply_add 6 13 14, sqrt 15, "
    "multiply_add 16 7 8, multiply 9 12, divide 18 17, subtract 10 19 -> 12 15 20",
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

consteval TileSequence parse_tile_sequence(std::string_view text) {
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
