// Gradients, Jacobians and second derivatives, made of vjp and jvp.
#include "backprop/gradient.hpp"
#include "ops/ops.hpp"

namespace backprop {
namespace {

void need_scalar(Value loss, const char* who) {
  if (loss.shape().rank() != 0 || !is_floating(loss.dtype())) {
    throw Error(std::string("[") + who + "] needs a scalar of a floating type, got " + to_string(loss.type()) +
                " (average it over the examples: mean)");
  }
}

Shape joined(const Shape& a, const Shape& b) {
  Shape shape = a;
  for (const Dim& dim : b) shape.push_back(dim);
  return shape;
}

// The k-th unit array of a value's type, whose number of elements is known.
Value unit(Value like, std::int64_t k) {
  Tensor t(like.dtype(), like.shape().bind({}));
  if (like.dtype() == DType::float32)
    t.as<float>()[static_cast<std::size_t>(k)] = 1;
  else
    t.as<double>()[static_cast<std::size_t>(k)] = 1;
  return like.graph->constant(std::move(t));
}

}  // namespace

std::vector<Value> gradient(Value loss, std::span<const Value> arguments) {
  need_scalar(loss, "gradient");
  const Value outputs[] = {loss}, cotangents[] = {loss.graph->constant(1, loss.dtype())};
  return vjp(outputs, cotangents, arguments);
}

Value gradient(Value loss, Value argument) { return gradient(loss, std::span<const Value>(&argument, 1)).front(); }

std::vector<Value> hessian_vector_product(Value loss, std::span<const Value> arguments,
                                          std::span<const Value> vectors) {
  return jvp(gradient(loss, arguments), arguments, vectors);
}

Value jacobian(Value output, Value argument) {
  const Dim rows = output.shape().elements(), columns = argument.shape().elements();
  if (!rows.is_number() && !columns.is_number()) {
    throw Error("[jacobian] neither " + to_string(output.type()) + " nor " + to_string(argument.type()) +
                " has a number of elements that is known before the run");
  }
  const bool forward = columns.is_number() && (!rows.is_number() || columns.number() <= rows.number());
  const std::int64_t passes = forward ? columns.number() : rows.number();
  std::vector<Value> parts;
  for (std::int64_t k = 0; k < passes; ++k) {
    const Value direction[] = {unit(forward ? argument : output, k)};
    const Value outputs[] = {output}, arguments[] = {argument};
    const Value part = forward ? jvp(outputs, arguments, direction)[0] : vjp(outputs, direction, arguments)[0];
    parts.push_back(forward ? reshape(part, {rows, Dim(1)}) : reshape(part, {Dim(1), columns}));
  }
  const Shape full = joined(output.shape(), argument.shape());
  if (parts.empty()) return output.graph->constant(0, output.dtype(), full);
  return reshape(concat(parts, forward ? 1 : 0), full);
}

Value hessian(Value loss, Value argument) { return jacobian(gradient(loss, argument), argument); }

}  // namespace backprop
