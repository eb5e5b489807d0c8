// Elementwise equations: ONNX's operator of the same name, or else the scalar rule's own instructions, one node each.
// So an operation without an ONNX name, a user's too, needs nothing here.
#include <charconv>
#include <cmath>

#include "backprop/operation.hpp"
#include "formats/onnx_writer.hpp"

namespace backprop {
namespace {

// Names of the primitives that are one ONNX operator; the others are composed below.
std::string operator_of(Primitive primitive) {
  switch (primitive) {
    case Primitive::negate: return "Neg";
    case Primitive::abs: return "Abs";
    case Primitive::sign: return "Sign";
    case Primitive::exp: return "Exp";
    case Primitive::log: return "Log";
    case Primitive::sqrt: return "Sqrt";
    case Primitive::sin: return "Sin";
    case Primitive::cos: return "Cos";
    case Primitive::tan: return "Tan";
    case Primitive::asin: return "Asin";
    case Primitive::acos: return "Acos";
    case Primitive::atan: return "Atan";
    case Primitive::sinh: return "Sinh";
    case Primitive::cosh: return "Cosh";
    case Primitive::tanh: return "Tanh";
    case Primitive::sigmoid: return "Sigmoid";
    case Primitive::erf: return "Erf";
    case Primitive::floor: return "Floor";
    case Primitive::ceil: return "Ceil";
    case Primitive::round: return "Round";
    case Primitive::logical_not: return "Not";
    case Primitive::add: return "Add";
    case Primitive::subtract: return "Sub";
    case Primitive::multiply: return "Mul";
    case Primitive::divide: return "Div";
    case Primitive::power: return "Pow";
    case Primitive::maximum: return "Max";
    case Primitive::minimum: return "Min";
    case Primitive::equal: return "Equal";
    case Primitive::less: return "Less";
    case Primitive::less_equal: return "LessOrEqual";
    case Primitive::logical_and: return "And";
    case Primitive::logical_or: return "Or";
    case Primitive::logical_xor: return "Xor";
    case Primitive::select: return "Where";
    default: return "";
  }
}

// The nodes of one instruction, the last with the output named.
void write_instruction(OnnxWriter& w, Primitive primitive, const Names& in, DType dtype, const std::string& output) {
  if (const std::string type = operator_of(primitive); !type.empty()) return w.write(type, in, Names{output});
  const auto number = [&](double x) { return w.number(x, dtype); };
  switch (primitive) {
    case Primitive::expm1: {  // 2 sinh(x/2) e^(x/2) keeps its digits near 0
      const std::string half = w.node("Mul", {in[0], number(0.5)});
      const std::string product = w.node("Mul", {w.node("Sinh", {half}), w.node("Exp", {half})});
      return w.write("Mul", {product, number(2)}, Names{output});
    }
    case Primitive::log1p: {  // 2 atanh(x / (x + 2)) near 0, log(1 + x) elsewhere
      const std::string ratio = w.node("Div", {in[0], w.node("Add", {in[0], number(2)})});
      const std::string near = w.node("Mul", {w.node("Atanh", {ratio}), number(2)});
      const std::string far = w.node("Log", {w.node("Add", {in[0], number(1)})});
      const std::string small = w.node("Less", {w.node("Abs", {in[0]}), number(0.5)});
      return w.write("Where", {small, near, far}, Names{output});
    }
    case Primitive::multiply_add: return w.write("Add", {w.node("Mul", {in[0], in[1]}), in[2]}, Names{output});
    case Primitive::argument: return w.write("Identity", in, Names{output});
    default: throw Error("the instruction '" + std::string(to_string(primitive)) + "' has no ONNX form");
  }
}

void write_program(OnnxWriter& w, const ScalarProgram& program, const Names& inputs, DType dtype,
                   const std::string& output) {
  Names names;
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    const ScalarInstruction& instruction = program.instructions[i];
    const bool last = i + 1 == program.instructions.size();
    if (instruction.primitive == Primitive::argument && !last) {
      names.push_back(inputs[static_cast<std::size_t>(instruction.arguments[0])]);
      continue;
    }
    if (instruction.primitive == Primitive::constant) {
      names.push_back(w.number(instruction.constant, dtype));
      if (last) w.write("Identity", {names.back()}, Names{output});
      continue;
    }
    Names in;
    if (instruction.primitive == Primitive::argument) {
      in.push_back(inputs[static_cast<std::size_t>(instruction.arguments[0])]);
    }
    for (int a = 0; a < arity_of(instruction.primitive); ++a) {
      in.push_back(names[static_cast<std::size_t>(instruction.arguments[a])]);
    }
    names.push_back(last ? output : w.unique(output + "/" + std::to_string(i)));
    write_instruction(w, instruction.primitive, in, dtype, names.back());
  }
}

// Whether a number comes back when it is written as a float32 and read as the shortest decimal of that.
bool survives(double number) {
  char text[32];
  const char* end = std::to_chars(text, text + sizeof text, static_cast<float>(number)).ptr;
  double back = 0;
  std::from_chars(text, end, back);
  return back == number;
}

// Operators that a float32 attribute parametrises, and those of opset 17: else the instructions are written.
bool has_operator(const Equation& equation, DType dtype) {
  const std::string_view type = equation.operation->onnx;
  if (type.empty() || type == "Mish" || type == "Gelu") return false;  // Mish: opset 18, Gelu: opset 20
  if (type == "Celu" && dtype != DType::float32) return false;         // ONNX has it for float32 alone
  for (const auto& [name, value] : equation.attributes) {
    const double number = equation.attributes.number(name);
    if (type != "Clip" && dtype != DType::float32 && !survives(number)) return false;
  }
  return true;
}

}  // namespace

void export_elementwise(OnnxWriter& w, const Equation& equation, const Names& inputs, const std::string& output) {
  const Operation& operation = *equation.operation;
  const DType dtype = w.type(equation.inputs.back()).dtype;
  if (!has_operator(equation, dtype)) {
    return write_program(w, operation.program(equation.attributes), inputs, dtype, output);
  }
  if (operation.onnx == "Clip") {  // an infinite limit is none
    const double low = equation.attributes.number("low"), high = equation.attributes.number("high");
    Names in = {inputs[0], low > -HUGE_VAL ? w.number(low, dtype) : "", high < HUGE_VAL ? w.number(high, dtype) : ""};
    while (in.back().empty()) in.pop_back();
    return w.write("Clip", in, Names{output});
  }
  OnnxAttributes attributes;
  for (const auto& [name, value] : equation.attributes) {
    attributes.emplace_back(name, static_cast<float>(equation.attributes.number(name)));
  }
  w.write(std::string(operation.onnx), inputs, {output}, attributes);
}

}  // namespace backprop
