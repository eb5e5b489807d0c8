// Elementwise ONNX operators that are not one of ours by name alone: attributes, several inputs, compositions.
#include <cmath>
#include <limits>

#include "formats/onnx_node.hpp"
#include "formats/onnx_tensor.hpp"

namespace backprop {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Sum, Mean, Max, Min: any number of inputs.
template <Value (*Combine)(Value, Value)> Items variadic(Node& node) {
  Value result = node.value(0);
  for (int i = 1; i < node.inputs(); ++i) result = Combine(result, node.value(i));
  return {result};
}

Items mean_of(Node& node) { return {variadic<add>(node)[0].value / static_cast<double>(node.inputs())}; }

// The limits are attributes up to opset 10, inputs after.
Items clip_between(Node& node) {
  Value x = node.value(0);
  if (node.opset < 11) {
    return {clip(x, node.number("min", -infinity), node.number("max", infinity))};
  }
  const bool low = node.has(1), high = node.has(2);
  const bool known = (!low || node.item(1).tensor) && (!high || node.item(2).tensor);
  if (known && is_floating(x.dtype())) {
    return {clip(x, low ? node.number(1) : -infinity, high ? node.number(2) : infinity)};
  }
  if (low) x = maximum(x, node.value(1));
  if (high) x = minimum(x, node.value(2));
  return {x};
}

Items raise(Node& node) {
  const Value x = node.value(0), y = node.value(1);
  if (!is_floating(x.dtype())) {  // an integer base: through float64, exact up to 2^53
    return {cast(power(cast(x, DType::float64), cast(y, DType::float64)), x.dtype())};
  }
  return {power(x, y.dtype() == x.dtype() ? y : cast(y, x.dtype()))};
}

Items cast_to(Node& node) {
  const DType dtype = parse_onnx_dtype(static_cast<int>(node.integer("to")));
  const Item& given = node.item(0);
  if (given.dims && given.rank == 0 && is_floating(dtype)) return {node.graph.dimension(given.dims->at(0), dtype)};
  if (given.dims && is_integer(dtype)) {
    Item item = given;  // still the same dimensions
    item.value = {};
    if (item.tensor) item.tensor = std::make_shared<const Tensor>(convert(*item.tensor, dtype));
    if (item.tensor || dtype == DType::int64) return {item};
  }
  const Value x = node.value(0);
  return {x.dtype() == dtype ? x : cast(x, dtype)};
}

Items gelu_form(Node& node) {
  const std::string form = node.text("approximate", "none");
  refuse(form != "none" && form != "tanh", "approximate '" + printable(form) + "' is not known");
  return {form == "tanh" ? gelu_tanh(node.value(0)) : gelu(node.value(0))};
}

Items selu_with(Node& node) {
  constexpr double alpha = 1.67326319217681884765625, gamma = 1.05070102214813232421875;
  const double a = node.number("alpha", alpha), g = node.number("gamma", gamma);
  const Value x = node.value(0);
  // The defaults in full precision, whichever way the file's float32 was written down.
  if (static_cast<float>(a) == static_cast<float>(alpha) && static_cast<float>(g) == static_cast<float>(gamma)) {
    return {selu(x)};
  }
  return {elu(x, a) * g};
}

Items is_infinite(Node& node) {
  const Value x = node.value(0);
  const bool low = node.integer("detect_negative", 1) != 0, high = node.integer("detect_positive", 1) != 0;
  const Value y = low && high ? abs(x) : low ? negate(x) : x;
  if (!low && !high) return {not_equal(cast(x, DType::boolean), cast(x, DType::boolean))};
  return {equal(y, scalar_like(y, infinity))};
}

Items shrink(Node& node) {
  const Value x = node.value(0);
  const double bias = node.number("bias", 0), lambda = node.number("lambd", 0.5);
  const Value zero = x * 0.0;
  return {where(less(x, scalar_like(x, -lambda)), x + bias, where(greater(x, scalar_like(x, lambda)), x - bias, zero))};
}

// Integer division by 0 and of the least number by -1 stops a program: neither happens, whatever a model's data are.
Value quotient_of(Value x, Value y) {
  if (is_floating(x.dtype())) return divide(x, y);
  const Value minus = equal(y, scalar_like(y, -1));
  const Value safe = where(logical_or(minus, equal(y, scalar_like(y, 0))), scalar_like(y, 1), y);
  return where(minus, negate(x), divide(x, safe));
}

// x mod y with the sign of y (integers), or C's fmod.
Items remainder(Node& node) {
  const Value x = node.value(0), y = node.value(1);
  const Value quotient = quotient_of(x, y);
  if (node.integer("fmod", 0) != 0 && is_floating(x.dtype())) {
    return {x - multiply(y, multiply(sign(quotient), floor(abs(quotient))))};
  }
  const Value rest = x - multiply(y, quotient);  // integer division truncates
  if (node.integer("fmod", 0) != 0) return {rest};
  const Value zero = scalar_like(rest, 0);
  const Value wrong = logical_and(not_equal(rest, zero), not_equal(less(rest, zero), less(y, scalar_like(y, 0))));
  return {where(wrong, rest + y, rest)};
}

constexpr ImportRule elementwise_rules[] = {
    {"Identity", [](Node& n) -> Items { return {n.item(0)}; }},
    {"Sum", variadic<add>},
    {"Mean", mean_of},
    {"Max", variadic<maximum>},
    {"Min", variadic<minimum>},
    {"Clip", clip_between},
    {"Pow", raise},
    {"Mod", remainder},
    {"Div", [](Node& n) -> Items { return {quotient_of(n.value(0), n.value(1))}; }},
    {"Cast", cast_to},
    {"CastLike", [](Node& n) -> Items { return {cast(n.value(0), n.value(1).dtype())}; }},
    {"LeakyRelu", [](Node& n) -> Items { return {leaky_relu(n.value(0), n.number("alpha", 0.01))}; }},
    {"PRelu", [](Node& n) -> Items { return {prelu(n.value(0), n.value(1))}; }},
    {"Elu", [](Node& n) -> Items { return {elu(n.value(0), n.number("alpha", 1))}; }},
    {"Celu", [](Node& n) -> Items { return {celu(n.value(0), n.number("alpha", 1))}; }},
    {"Selu", selu_with},
    {"Gelu", gelu_form},
    {"Mish", [](Node& n) -> Items { return {mish(n.value(0))}; }},
    {"Swish", [](Node& n) -> Items { return {n.value(0) * sigmoid(n.value(0) * n.number("alpha", 1))}; }},
    {"HardSigmoid",
     [](Node& n) -> Items { return {hard_sigmoid(n.value(0), n.number("alpha", 0.2), n.number("beta", 0.5))}; }},
    {"HardSwish", [](Node& n) -> Items { return {hard_swish(n.value(0))}; }},
    {"ThresholdedRelu",
     [](Node& n) -> Items {
       const Value x = n.value(0);
       return {where(greater(x, scalar_like(x, n.number("alpha", 1))), x, scalar_like(x, 0))};
     }},
    {"Shrink", shrink},
    {"Not", [](Node& n) -> Items { return {logical_not(n.value(0))}; }},
    {"IsNaN", [](Node& n) -> Items { return {not_equal(n.value(0), n.value(0))}; }},
    {"IsInf", is_infinite},
    {"Asinh",  // sign(x) log(|x| + sqrt(x^2 + 1)), in the form that loses no digits near 0
     [](Node& n) -> Items {
       const Value x = n.value(0), a = abs(x), s = square(x);
       return {sign(x) * log1p(a + s / (1.0 + sqrt(s + 1.0)))};
     }},
    {"Acosh",
     [](Node& n) -> Items {
       const Value t = n.value(0) - 1.0;
       return {log1p(t + sqrt(2.0 * t + square(t)))};
     }},
    {"Atanh",
     [](Node& n) -> Items {
       const Value x = n.value(0);
       return {(log1p(x) - log1p(negate(x))) * 0.5};
     }},
};

}  // namespace

std::span<const ImportRule> elementwise_import_rules() { return elementwise_rules; }

}  // namespace backprop
