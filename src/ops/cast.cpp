// Change of element type, and the identity that stops derivatives.
#include "base/dispatch.hpp"
#include "ops/ops.hpp"

namespace backprop {
namespace {

// Between floating types the derivative is that of the identity; from or to anything else there is none.
Value back(const RuleContext& c, int, std::span<const Value> cotangents) {
  return backprop::cast(cotangents[0], c.inputs[0].dtype());
}

std::vector<Value> forward(const RuleContext& c, int, Value tangent) {
  return {backprop::cast(tangent, c.outputs[0].dtype())};
}

void run_cast(const ReferenceCall& call) {
  dispatch_any(call.inputs[0].dtype, [&]<class From>() {
    dispatch_any(call.outputs[0].dtype, [&]<class To>() {
      const auto from = call.inputs[0].as<From>();
      const auto to = call.outputs[0].as<To>();
      for (std::size_t i = 0; i < from.size(); ++i) {
        if constexpr (std::is_same_v<To, bool>) {
          to[i] = from[i] != From(0);
        } else {
          to[i] = static_cast<To>(from[i]);
        }
      }
    });
  });
}

void run_stop(const ReferenceCall& call) {
  dispatch_floating(call.inputs[0].dtype, [&]<class T>() {
    const auto from = call.inputs[0].as<T>();
    const auto to = call.outputs[0].as<T>();
    for (std::size_t i = 0; i < from.size(); ++i) {
      if constexpr (std::is_arithmetic_v<T>) {
        to[i] = from[i];
      } else {
        to[i] = T(from[i].value);
      }
    }
  });
}

constexpr auto identity_rule = [](auto x) { return x; };

constexpr Operation make_stop_gradient() {
  Operation operation = elementwise<identity_rule, 1>("stop_gradient", [](const RuleContext&, int) { return Value{}; });
  operation.reference = run_stop;
  return operation;
}

}  // namespace

namespace ops {

const Operation cast = {
    .name = "cast",
    .onnx = "Cast",
    .kind = OperationKind::general,
    .arity = 1,
    .infer = [](const Operation&, std::span<const Type> in, const Attributes& attributes) -> std::vector<Type> {
      return {{attributes.dtype("to"), in[0].shape}};
    },
    .reference = run_cast,
    .vjp = back,
    .jvp = forward};
const Operation stop_gradient = make_stop_gradient();

}  // namespace ops
}  // namespace backprop
