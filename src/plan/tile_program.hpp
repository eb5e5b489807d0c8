// The tile program: straight-line elementwise code over a logical (row, column) space, in single assignment form and in
// one number type. The one mechanism of fusion; it names no block, layout or machine. Thread safety: value types.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backprop/expression.hpp"
#include "backprop/shape.hpp"

namespace backprop {

// A value is a number (of the program's dtype) or a mask. A mask lies in memory as one byte, 0 or 1.
enum class TileStorage : std::uint8_t { number, boolean };

struct TileInput {
  TileStorage storage = TileStorage::number;
  bool scalar = false;  // one element for the whole space: what depends on scalars and constants alone runs once a call
};

struct TileInstruction {
  Primitive primitive = Primitive::argument;
  std::int32_t arguments[3] = {-1, -1, -1};  // registers; of `argument`: {number of the input}
  double constant = 0;                       // of `constant`: cast to the program's dtype
};

struct TileOutput {
  std::int32_t reg = -1;  // a mask is stored as boolean, a number as number
};

// A register is the index of the instruction that gives it. Operands at run time: all inputs, then all outputs.
struct TileProgram {
  DType dtype = DType::float32;  // or float64
  std::vector<TileInput> inputs;
  std::vector<TileInstruction> instructions;
  std::vector<TileOutput> outputs;

  // Each gives a register.
  std::int32_t add_input(TileInput input = {});
  std::int32_t add_constant(double value);
  std::int32_t add(Primitive primitive, std::span<const std::int32_t> arguments);
  // Appends an equation's scalar program, applied to registers; gives the register of its result. Comparisons of masks
  // become logic.
  std::int32_t add(const ScalarProgram& scalar, std::span<const std::int32_t> arguments);
  // The number of the output (its operand is the number of inputs plus this).
  std::int32_t add_output(std::int32_t reg);

  bool is_mask(std::int32_t reg) const;
  // Instructions that do something: neither argument nor constant.
  int operations() const;
};

// Throws Error when an instruction uses a later register, a mask where a number is needed, or an input twice.
void verify(const TileProgram& program);

// Merges equal instructions and drops those that no output needs; inputs and outputs keep their numbers. No instruction
// is changed, so every output keeps its bits.
void eliminate_common_and_dead(TileProgram& program);

// As text, a line an instruction:
//   tile float32 (%0: number, %1: scalar number, %2: boolean)
//   %3 = constant 0.5
//   %4 = multiply %0 %3
//   outputs %4: number
std::string to_string(const TileProgram& program);

}  // namespace backprop
