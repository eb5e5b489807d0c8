// Random arrays: pure functions of (seed, step) of the state store, the operation's own stream and the element's index.
#include "base/dispatch.hpp"
#include "base/philox.hpp"
#include "ops/ops.hpp"

namespace backprop {
namespace {

std::vector<Type> infer_random(const Operation&, std::span<const Type>, const Attributes& attributes) {
  attributes.integer("stream");
  return {{attributes.dtype("dtype"), attributes.shape("shape")}};
}

template <class Draw> void run_random(const ReferenceCall& call, Draw draw) {
  const RandomStream random(call.seed, call.step, static_cast<std::uint32_t>(call.attributes.integer("stream")));
  dispatch_any(call.outputs[0].dtype, [&]<class T>() {
    const auto to = call.outputs[0].as<T>();
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<T>(draw(random, i));
  });
}

void run_uniform(const ReferenceCall& call) {
  const double low = call.attributes.number("low"), high = call.attributes.number("high");
  run_random(call, [&](const RandomStream& random, std::size_t i) { return low + (high - low) * random.uniform(i); });
}
void run_normal(const ReferenceCall& call) {
  const double mean = call.attributes.number("mean"), deviation = call.attributes.number("deviation");
  run_random(call, [&](const RandomStream& random, std::size_t i) { return mean + deviation * random.normal(i); });
}
void run_bernoulli(const ReferenceCall& call) {
  const double probability = call.attributes.number("probability");
  run_random(call, [&](const RandomStream& random, std::size_t i) { return random.uniform(i) < probability; });
}

constexpr Operation leaf(std::string_view name, std::string_view onnx, void (*reference)(const ReferenceCall&)) {
  return {.name = name,
          .onnx = onnx,
          .kind = OperationKind::leaf,
          .arity = 0,
          .infer = infer_random,
          .reference = reference};
}

Value apply(Graph& graph, const Operation& operation, const Shape& shape, DType dtype, Attributes attributes) {
  attributes.set("shape", shape);
  attributes.set("dtype", dtype);
  attributes.set("stream", graph.new_stream());
  return graph.apply(operation, {}, std::move(attributes));
}

}  // namespace

namespace ops {

const Operation random_uniform = leaf("random_uniform", "RandomUniform", run_uniform);
const Operation random_normal = leaf("random_normal", "RandomNormal", run_normal);
const Operation random_bernoulli = leaf("random_bernoulli", "Bernoulli", run_bernoulli);

}  // namespace ops

Value random_uniform(Graph& graph, const Shape& shape, double low, double high, DType dtype) {
  return apply(graph, ops::random_uniform, shape, dtype, {{"low", low}, {"high", high}});
}
Value random_normal(Graph& graph, const Shape& shape, double mean, double deviation, DType dtype) {
  return apply(graph, ops::random_normal, shape, dtype, {{"mean", mean}, {"deviation", deviation}});
}
Value random_bernoulli(Graph& graph, const Shape& shape, double probability) {
  return apply(graph, ops::random_bernoulli, shape, DType::boolean, {{"probability", probability}});
}

}  // namespace backprop
