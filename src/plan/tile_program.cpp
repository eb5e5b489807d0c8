#include "plan/tile_program.hpp"

#include <bit>
#include <map>
#include <tuple>

#include "backprop/error.hpp"

namespace backprop {
namespace {

bool takes_masks(Primitive p) {
  return p == Primitive::logical_not || p == Primitive::logical_and || p == Primitive::logical_or ||
         p == Primitive::logical_xor;
}

std::int32_t append(TileProgram& program, TileInstruction instruction) {
  program.instructions.push_back(instruction);
  return static_cast<std::int32_t>(program.instructions.size()) - 1;
}

std::string name(std::int32_t reg) { return "%" + std::to_string(reg); }

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

}  // namespace

std::int32_t TileProgram::add_input(TileInput input) {
  inputs.push_back(input);
  return append(*this, {Primitive::argument, {static_cast<std::int32_t>(inputs.size()) - 1, -1, -1}, 0});
}

std::int32_t TileProgram::add_constant(double value) {
  return append(*this, {Primitive::constant, {-1, -1, -1}, value});
}

std::int32_t TileProgram::add(Primitive primitive, std::span<const std::int32_t> arguments) {
  if (static_cast<int>(arguments.size()) != arity_of(primitive) || arguments.empty()) {
    throw Error("[tile] " + std::string(to_string(primitive)) + " with " + std::to_string(arguments.size()) +
                " arguments");
  }
  for (const std::int32_t reg : arguments) {
    if (reg < 0 || reg >= static_cast<std::int32_t>(instructions.size())) {
      throw Error("[tile] " + std::string(to_string(primitive)) + " of " + name(reg) + ", which does not exist");
    }
  }
  if (gives_mask(primitive) && arguments.size() == 2 && is_mask(arguments[0]) && is_mask(arguments[1])) {
    // false < true: a = b is not (a xor b), a < b is (not a) and b, a <= b is (not a) or b.
    if (primitive == Primitive::equal) {
      return add(Primitive::logical_not, {{add(Primitive::logical_xor, arguments)}});
    }
    if (primitive == Primitive::less || primitive == Primitive::less_equal) {
      const std::int32_t not_a = add(Primitive::logical_not, arguments.first(1));
      return add(primitive == Primitive::less ? Primitive::logical_and : Primitive::logical_or,
                 {{not_a, arguments[1]}});
    }
  }
  TileInstruction instruction{primitive, {-1, -1, -1}, 0};
  for (std::size_t i = 0; i < arguments.size(); ++i) instruction.arguments[i] = arguments[i];
  return append(*this, instruction);
}

std::int32_t TileProgram::add(const ScalarProgram& scalar, std::span<const std::int32_t> arguments) {
  if (scalar.instructions.empty()) throw Error("[tile] an empty scalar program");
  std::vector<std::int32_t> registers;
  for (const ScalarInstruction& s : scalar.instructions) {
    const int arity = arity_of(s.primitive);
    if (s.primitive == Primitive::argument) {
      const auto index = static_cast<std::size_t>(s.arguments[0]);
      if (index >= arguments.size()) {
        throw Error("[tile] the scalar program asks for argument " + std::to_string(s.arguments[0]) + " of " +
                    std::to_string(arguments.size()));
      }
      registers.push_back(arguments[index]);
    } else if (s.primitive == Primitive::constant) {
      registers.push_back(add_constant(s.constant));
    } else {
      std::int32_t mapped[3] = {-1, -1, -1};
      for (int i = 0; i < arity; ++i) mapped[i] = registers.at(static_cast<std::size_t>(s.arguments[i]));
      registers.push_back(add(s.primitive, std::span(mapped, static_cast<std::size_t>(arity))));
    }
  }
  return registers.back();
}

std::int32_t TileProgram::add_output(std::int32_t reg) {
  outputs.push_back({reg});
  return static_cast<std::int32_t>(outputs.size()) - 1;
}

bool TileProgram::is_mask(std::int32_t reg) const {
  // A select of masks is a mask: walk down its branches.
  for (;;) {
    const TileInstruction& i = instructions[static_cast<std::size_t>(reg)];
    if (i.primitive == Primitive::argument) {
      return inputs[static_cast<std::size_t>(i.arguments[0])].storage == TileStorage::boolean;
    }
    if (i.primitive != Primitive::select) return gives_mask(i.primitive);
    reg = i.arguments[1];
  }
}

int TileProgram::operations() const {
  int n = 0;
  for (const TileInstruction& i : instructions) n += arity_of(i.primitive) > 0;
  return n;
}

void verify(const TileProgram& program) {
  if (program.dtype != float32 && program.dtype != float64) {
    throw Error("[tile] computes in float32 or float64, not in " + std::string(to_string(program.dtype)));
  }
  std::vector<bool> seen(program.inputs.size());
  for (std::size_t r = 0; r < program.instructions.size(); ++r) {
    const TileInstruction& instruction = program.instructions[r];
    const std::string where =
        "[tile] " + name(static_cast<std::int32_t>(r)) + " = " + std::string(to_string(instruction.primitive)) + ": ";
    if (instruction.primitive == Primitive::argument) {
      const auto input = static_cast<std::size_t>(instruction.arguments[0]);
      if (input >= program.inputs.size()) throw Error(where + "no such input");
      if (seen[input]) throw Error(where + "input " + std::to_string(input) + " has a register already");
      seen[input] = true;
    }
    for (int i = 0; i < arity_of(instruction.primitive); ++i) {
      const std::int32_t a = instruction.arguments[i];
      if (a < 0 || a >= static_cast<std::int32_t>(r)) throw Error(where + name(a) + " is not an earlier register");
      const bool selected = instruction.primitive == Primitive::select && i > 0;
      const bool needs_mask = selected
                                  ? program.is_mask(instruction.arguments[1])
                                  : takes_masks(instruction.primitive) || instruction.primitive == Primitive::select;
      if (program.is_mask(a) != needs_mask) {
        throw Error(where + name(a) +
                    (needs_mask ? " is a number, a mask is needed" : " is a mask, a number is needed"));
      }
    }
  }
  for (const TileOutput& output : program.outputs) {
    if (output.reg < 0 || output.reg >= static_cast<std::int32_t>(program.instructions.size())) {
      throw Error("[tile] output " + name(output.reg) + " does not exist");
    }
  }
}

void eliminate_common_and_dead(TileProgram& program) {
  using Key = std::tuple<Primitive, std::int32_t, std::int32_t, std::int32_t, std::uint64_t>;
  const std::size_t n = program.instructions.size();
  // Common: each register's first equal.
  std::vector<std::int32_t> representative(n);
  std::map<Key, std::int32_t> known;
  for (std::size_t r = 0; r < n; ++r) {
    TileInstruction& instruction = program.instructions[r];
    for (int i = 0; i < arity_of(instruction.primitive); ++i) {
      instruction.arguments[i] = representative[static_cast<std::size_t>(instruction.arguments[i])];
    }
    const auto& a = instruction.arguments;
    const Key key{instruction.primitive, a[0], a[1], a[2], std::bit_cast<std::uint64_t>(instruction.constant)};
    representative[r] = known.try_emplace(key, static_cast<std::int32_t>(r)).first->second;
  }
  // Dead: what no output reaches, walking backwards; arguments stay.
  std::vector<bool> live(n);
  for (TileOutput& output : program.outputs) {
    output.reg = representative[static_cast<std::size_t>(output.reg)];
    live[static_cast<std::size_t>(output.reg)] = true;
  }
  for (std::size_t r = n; r-- > 0;) {
    const TileInstruction& instruction = program.instructions[r];
    if (instruction.primitive == Primitive::argument) live[r] = true;
    if (!live[r]) continue;
    for (int i = 0; i < arity_of(instruction.primitive); ++i) {
      live[static_cast<std::size_t>(instruction.arguments[i])] = true;
    }
  }
  std::vector<std::int32_t> renamed(n, -1);
  std::vector<TileInstruction> kept;
  for (std::size_t r = 0; r < n; ++r) {
    if (!live[r]) continue;
    TileInstruction instruction = program.instructions[r];
    for (int i = 0; i < arity_of(instruction.primitive); ++i) {
      instruction.arguments[i] = renamed[static_cast<std::size_t>(instruction.arguments[i])];
    }
    renamed[r] = static_cast<std::int32_t>(kept.size());
    kept.push_back(instruction);
  }
  program.instructions = std::move(kept);
  for (TileOutput& output : program.outputs) output.reg = renamed[static_cast<std::size_t>(output.reg)];
}

std::string to_string(const TileProgram& program) {
  std::vector<std::int32_t> input_register(program.inputs.size(), -1);
  for (std::size_t r = 0; r < program.instructions.size(); ++r) {
    const TileInstruction& i = program.instructions[r];
    if (i.primitive == Primitive::argument) {
      input_register[static_cast<std::size_t>(i.arguments[0])] = static_cast<std::int32_t>(r);
    }
  }
  std::string text = "tile " + std::string(to_string(program.dtype)) + " (";
  for (std::size_t i = 0; i < program.inputs.size(); ++i) {
    if (i > 0) text += ", ";
    text += name(input_register[i]) + ": ";
    if (program.inputs[i].scalar) text += "scalar ";
    text += program.inputs[i].storage == TileStorage::number ? "number" : "boolean";
  }
  text += ")\n";
  for (std::size_t r = 0; r < program.instructions.size(); ++r) {
    const TileInstruction& instruction = program.instructions[r];
    if (instruction.primitive == Primitive::argument) continue;
    text += name(static_cast<std::int32_t>(r)) + " = " + std::string(to_string(instruction.primitive));
    for (int i = 0; i < arity_of(instruction.primitive); ++i) text += " " + name(instruction.arguments[i]);
    if (instruction.primitive == Primitive::constant) text += " " + number(instruction.constant);
    text += "\n";
  }
  text += "outputs";
  for (std::size_t i = 0; i < program.outputs.size(); ++i) {
    const std::int32_t reg = program.outputs[i].reg;
    text += (i > 0 ? ", " : " ") + name(reg) + ": " + (program.is_mask(reg) ? "boolean" : "number");
  }
  return text + "\n";
}

}  // namespace backprop
