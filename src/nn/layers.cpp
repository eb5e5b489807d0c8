#include "backprop/network.hpp"

namespace backprop {

Layer dense(std::int64_t units, Activation activation, DenseOptions options) {
  if (units < 1) throw UsageError("[dense] needs one unit or more, got " + std::to_string(units));
  const Initialiser initialiser = options.weight.value_or(activation.initialiser());
  return {"dense", [=](LayerContext& context, Value x) {
            const Shape& shape = x.shape();
            if (shape.rank() == 0 || !shape[shape.rank() - 1].is_number()) {
              throw Error("[dense] needs a last axis of features, got " + to_string(x.type()) + " in layer '" +
                          context.name() + "'");
            }
            if (!is_floating(x.dtype())) {
              throw Error("[dense] needs numbers of a floating type, got " + to_string(x.type()) + " in layer '" +
                          context.name() + "' (cast() or one_hot() them)");
            }
            const std::int64_t inputs = shape[shape.rank() - 1].number();
            const DType dtype = x.dtype();
            Value y = matmul(x, context.parameter("weight", {inputs, units}, initialiser, dtype));
            if (options.use_bias) y = y + context.parameter("bias", {units}, options.bias, dtype);
            return activation(y);
          }};
}

Layer dropout(double rate) {
  if (!(rate >= 0 && rate < 1)) throw UsageError("[dropout] the rate must be in [0, 1), got " + std::to_string(rate));
  return {"dropout", [rate](LayerContext& context, Value x) {
            if (!context.training() || rate == 0) return x;
            const Value kept = random_bernoulli(context.graph(), x.shape(), 1 - rate);
            return where(kept, x * (1 / (1 - rate)), scalar_like(x, 0));
          }};
}

Layer flatten() {
  return {"flatten", [](LayerContext&, Value x) {
            const Shape& shape = x.shape();
            if (shape.rank() == 0) throw Error("[flatten] needs an axis of examples, got a scalar");
            Dim features(1);
            for (int axis = 1; axis < shape.rank(); ++axis) features = features * shape[axis];
            return reshape(x, {shape[0], features});
          }};
}

Layer residual(Layer inner) {
  return {"", [inner = std::move(inner)](LayerContext& context, Value x) { return x + context.apply(inner, x); }};
}

Layer skip(Layer inner) {
  return {"", [inner = std::move(inner)](LayerContext& context, Value x) {
            return concat({x, context.apply(inner, x)}, -1);
          }};
}

}  // namespace backprop
