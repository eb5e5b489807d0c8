#include "backprop/expression.hpp"

#include "backprop/error.hpp"
#include "base/primitives.hpp"

namespace backprop {

int arity_of(Primitive p) { return primitive_arity(p); }

std::string_view to_string(Primitive primitive) { return primitive_names[static_cast<int>(primitive)]; }

bool gives_mask(Primitive p) {
  return p == Primitive::logical_not || (p >= Primitive::equal && p <= Primitive::logical_xor);
}

Expression append(ScalarProgram& program, Primitive primitive, std::span<const Expression> arguments, double constant) {
  ScalarInstruction instruction{.primitive = primitive, .constant = constant};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].program != &program) throw Error("[expression] arguments of two different programs");
    instruction.arguments[i] = arguments[i].index;
  }
  program.instructions.push_back(instruction);
  return {&program, static_cast<std::int32_t>(program.instructions.size()) - 1};
}

Expression append(Primitive primitive, Expression a) { return append(*a.program, primitive, {{a}}); }
Expression append(Primitive primitive, Expression a, Expression b) { return append(*a.program, primitive, {{a, b}}); }
Expression append(Primitive primitive, Expression a, Expression b, Expression c) {
  return append(*a.program, primitive, {{a, b, c}});
}
Expression constant_like(Expression x, double value) { return append(*x.program, Primitive::constant, {}, value); }

}  // namespace backprop
