// What the system may ask of an operation, ours or a user's. An operation is one constant; it names no backend.
// Thread safety: constants; the functions in it are pure.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "backprop/graph.hpp"
#include "backprop/math.hpp"

namespace backprop {

// How the derivative is given; from it come both jvp and vjp.
enum class OperationKind : std::uint8_t {
  leaf,         // no argument that could carry a derivative (inputs, constants, random numbers)
  elementwise,  // an output element depends on the same element of each argument: gives the partials
  linear,       // linear in all its floating arguments together: gives the transpose; its jvp is the operation itself
  multilinear,  // linear in each floating argument alone (a product): gives the transpose for each
  general,      // gives vjp and jvp
};

// What a derivative rule sees: the equation it differentiates. Rules build graph with the public operations.
struct RuleContext {
  Graph& graph;
  const Operation& operation;
  std::vector<Value> inputs;
  std::vector<Value> outputs;
  Attributes attributes;
};

// What a reference kernel sees: bound arrays, row-major. Outputs are allocated and of the right extents. In
// forward-mode checks all float64 arrays are dual64.
struct ReferenceCall {
  const Attributes& attributes;
  std::span<const TensorView> inputs;
  std::span<const TensorView> outputs;
  const Bindings& sizes;
  std::uint64_t seed = 0;  // of the state store, and its step: what random operations depend on
  std::uint64_t step = 0;
};

struct Operation {
  std::string_view name;
  std::string_view onnx = "";  // ONNX's operator of the same meaning, if there is one
  OperationKind kind = OperationKind::general;
  int arity = 1;  // -1: one or more

  // Types of the outputs; throws Error (without the "[name]", which the graph adds) when the arguments do not fit.
  std::vector<Type> (*infer)(const Operation&, std::span<const Type>, const Attributes&) = nullptr;
  // The plain loop that a student can read: the oracle for every fast kernel.
  void (*reference)(const ReferenceCall&) = nullptr;

  // elementwise: the rule as instructions; d output / d inputs[argument], an invalid Value where it is zero everywhere.
  ScalarProgram (*program)(const Attributes&) = nullptr;
  Value (*partial)(const RuleContext&, int argument) = nullptr;
  // linear, multilinear: cotangent of inputs[argument] given those of the outputs.
  Value (*transpose)(const RuleContext&, int argument, std::span<const Value> cotangents) = nullptr;
  // general: the same, and the tangents of the outputs given that of inputs[argument].
  Value (*vjp)(const RuleContext&, int argument, std::span<const Value> cotangents) = nullptr;
  std::vector<Value> (*jvp)(const RuleContext&, int argument, Value tangent) = nullptr;
};

// How an elementwise operation's arguments and result are typed.
enum class Signature : std::uint8_t {
  floating,    // float... -> float
  number,      // float or integer... -> the same
  comparison,  // number, number -> boolean
  logical,     // boolean... -> boolean
  choice,      // boolean, number, number -> number
};

namespace detail {

[[noreturn]] void refuse_elementwise(DType dtype);
std::vector<Type> infer_elementwise(Signature signature, std::span<const Type> inputs);
// An attribute as a number, by name.
double parameter(const Attributes& attributes, std::string_view name);
Expression append_argument(ScalarProgram& program, int number);
// Makes the result stand last, which it does not when a rule gives one of its arguments back.
void end_with(ScalarProgram& program, Expression result);

template <std::size_t N> struct Name {
  char text[N]{};
  constexpr Name(const char (&s)[N]) {  // NOLINT
    for (std::size_t i = 0; i < N; ++i) text[i] = s[i];
  }
  constexpr std::string_view view() const { return {text, N - 1}; }
};

template <auto Rule, Signature S, int Arity, class T, Name... Parameters> void map_elements(const ReferenceCall& call) {
  using Result = std::conditional_t<S == Signature::comparison || S == Signature::logical, bool, T>;
  using First = std::conditional_t<S == Signature::choice, bool, T>;
  const auto out = call.outputs[0].as<Result>();
  const First* const a = static_cast<const First*>(call.inputs[0].data);
  const T* const b = Arity > 1 ? static_cast<const T*>(call.inputs[1].data) : nullptr;
  const T* const c = Arity > 2 ? static_cast<const T*>(call.inputs[2].data) : nullptr;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if constexpr (Arity == 1) {
      out[i] = Rule(a[i], T(parameter(call.attributes, Parameters.view()))...);
    } else if constexpr (Arity == 2) {
      out[i] = Rule(a[i], b[i], T(parameter(call.attributes, Parameters.view()))...);
    } else {
      out[i] = Rule(a[i], b[i], c[i], T(parameter(call.attributes, Parameters.view()))...);
    }
  }
}

template <auto Rule, Signature S, int Arity, Name... Parameters> void reference_elementwise(const ReferenceCall& call) {
  const DType dtype = call.inputs[Arity - 1].dtype;
  if constexpr (S == Signature::logical) {
    map_elements<Rule, S, Arity, bool, Parameters...>(call);
  } else {
    switch (dtype) {
      case DType::float32: return map_elements<Rule, S, Arity, float, Parameters...>(call);
      case DType::float64: return map_elements<Rule, S, Arity, double, Parameters...>(call);
      case DType::dual64: return map_elements<Rule, S, Arity, Dual<double>, Parameters...>(call);
      default: break;
    }
    if constexpr (S != Signature::floating) {
      switch (dtype) {
        case DType::int32: return map_elements<Rule, S, Arity, std::int32_t, Parameters...>(call);
        case DType::int64: return map_elements<Rule, S, Arity, std::int64_t, Parameters...>(call);
        case DType::boolean:
          if constexpr (S == Signature::choice || S == Signature::comparison) {
            return map_elements<Rule, S, Arity, bool, Parameters...>(call);
          }
          break;
        default: break;
      }
    }
    refuse_elementwise(dtype);
  }
}

template <auto Rule, int Arity, Name... Parameters> ScalarProgram program_of(const Attributes& attributes) {
  ScalarProgram program;
  Expression arguments[Arity];
  for (int i = 0; i < Arity; ++i) {
    arguments[i] = append_argument(program, i);
  }
  const auto number = [&](std::string_view name) {
    return append(program, Primitive::constant, {}, parameter(attributes, name));
  };
  const auto call = [&]<std::size_t... I>(std::index_sequence<I...>) {
    return Rule(arguments[I]..., number(Parameters.view())...);
  };
  const Expression result = call(std::make_index_sequence<Arity>());
  end_with(program, result);
  return program;
}

}  // namespace detail

// An elementwise operation from one branch-free scalar rule, `rule(x..., parameters...)`, and its partial derivatives.
// Parameters are attributes of those names, given to the rule as numbers of its own kind. Name a rule before using it:
//
//     constexpr auto rule = [](auto x) { return math::tanh(x); };
//     const Operation tanh = elementwise<rule, 1>("tanh", partial);
template <auto Rule, int Arity, Signature S = Signature::floating, detail::Name... Parameters>
constexpr Operation elementwise(std::string_view name, Value (*partial)(const RuleContext&, int),
                                std::string_view onnx = "") {
  return {.name = name,
          .onnx = onnx,
          .kind = OperationKind::elementwise,
          .arity = Arity,
          .infer =
              [](const Operation&, std::span<const Type> in, const Attributes& attributes) {
                (detail::parameter(attributes, Parameters.view()),
                 ...);  // a missing one is an error now, not at the run
                return detail::infer_elementwise(S, in);
              },
          .reference = detail::reference_elementwise<Rule, S, Arity, Parameters...>,
          .program = detail::program_of<Rule, Arity, Parameters...>,
          .partial = partial};
}

}  // namespace backprop
