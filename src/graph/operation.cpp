#include "backprop/operation.hpp"

namespace backprop::detail {

double parameter(const Attributes& attributes, std::string_view name) { return attributes.number(name); }

Expression append_argument(ScalarProgram& program, int number) {
  const Expression argument = append(program, Primitive::argument, {});
  program.instructions.back().arguments[0] = number;
  return argument;
}

void end_with(ScalarProgram& program, Expression result) {
  const auto last = static_cast<std::size_t>(result.index);
  if (last + 1 != program.instructions.size()) program.instructions.push_back(program.instructions.at(last));
}

void refuse_elementwise(DType dtype) { throw Error("[elementwise] no rule for " + std::string(to_string(dtype))); }

std::vector<Type> infer_elementwise(Signature signature, std::span<const Type> in) {
  const bool choice = signature == Signature::choice;
  for (std::size_t i = 1; i < in.size(); ++i) {
    if (!(in[i].shape == in[0].shape)) {
      throw Error("shapes differ: " + to_string(in[0].shape) + " and " + to_string(in[i].shape));
    }
    if (in[i].dtype != in[choice ? 1 : 0].dtype) {
      throw Error("element types differ: " + std::string(to_string(in[choice ? 1 : 0].dtype)) + " and " +
                  std::string(to_string(in[i].dtype)));
    }
  }
  const DType dtype = in.back().dtype;
  const auto need = [&](bool right, DType got, const char* what) {
    if (!right) throw Error(std::string("needs ") + what + ", got " + std::string(to_string(got)));
  };
  switch (signature) {
    case Signature::floating: need(is_floating(dtype), dtype, "a floating type"); break;
    case Signature::number: need(dtype != DType::boolean, dtype, "numbers"); break;
    case Signature::comparison: break;
    case Signature::logical: need(dtype == DType::boolean, dtype, "booleans"); break;
    case Signature::choice: need(in[0].dtype == DType::boolean, in[0].dtype, "a boolean condition"); break;
  }
  const bool mask = signature == Signature::comparison || signature == Signature::logical;
  return {{mask ? DType::boolean : dtype, in[0].shape}};
}

}  // namespace backprop::detail
