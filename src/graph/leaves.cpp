#include "graph/leaves.hpp"

#include "base/dispatch.hpp"

namespace backprop {
namespace {

std::vector<Type> declared(const Operation&, std::span<const Type>, const Attributes& attributes) {
  if (attributes.find("values")) {
    const Tensor& values = attributes.tensor("values");
    return {{values.dtype(), Shape(values.extents())}};
  }
  return {{attributes.dtype("dtype"), attributes.shape("shape")}};
}

template <class F> void fill(const TensorView& out, F&& value_at) {
  dispatch_any(out.dtype, [&]<class T>() {
    const auto to = out.as<T>();
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<T>(value_at(i));
  });
}

void run_constant(const ReferenceCall& call) {
  if (!call.attributes.find("values")) {
    const double value = call.attributes.number("value");
    return fill(call.outputs[0], [&](std::size_t) { return value; });
  }
  const Tensor& values = call.attributes.tensor("values");
  dispatch_plain(values.dtype(), [&]<class T>() {
    const auto from = values.as<T>();
    fill(call.outputs[0], [&](std::size_t i) { return from[i]; });
  });
}

void run_dimension(const ReferenceCall& call) {
  const std::int64_t n = call.attributes.shape("of").bind(call.sizes)[0];
  fill(call.outputs[0], [&](std::size_t) { return static_cast<double>(n); });
}

}  // namespace

const Operation input_operation = {
    .name = "input", .kind = OperationKind::leaf, .arity = 0, .infer = declared, .reference = nullptr};
const Operation state_operation = {
    .name = "state", .kind = OperationKind::leaf, .arity = 0, .infer = declared, .reference = nullptr};
const Operation constant_operation = {.name = "constant",
                                      .onnx = "Constant",
                                      .kind = OperationKind::leaf,
                                      .arity = 0,
                                      .infer = declared,
                                      .reference = run_constant};
const Operation dimension_operation = {
    .name = "dimension",
    .onnx = "Shape",
    .kind = OperationKind::leaf,
    .arity = 0,
    .infer = [](const Operation&, std::span<const Type>, const Attributes& attributes) -> std::vector<Type> {
      return {{attributes.dtype("dtype"), {}}};
    },
    .reference = run_dimension};

}  // namespace backprop
