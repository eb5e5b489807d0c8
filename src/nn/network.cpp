#include "backprop/network.hpp"

namespace backprop {

Layer::Layer(std::string kind, std::function<Value(LayerContext&, Value)> apply)
    : kind(std::move(kind)), apply(std::move(apply)) {}
Layer::Layer(Activation activation)
    : kind("activation"), apply([f = std::move(activation)](LayerContext&, Value x) { return f(x); }) {}
Layer::Layer(Value (*function)(Value)) : Layer(Activation(function)) {}

LayerContext::LayerContext(Graph& graph, std::optional<Mode> mode) : graph_(graph), mode_(mode) {}

bool LayerContext::training() const {
  if (!mode_) {
    throw UsageError("[network] layer '" + name_ +
                     "' differs between training and evaluation: say net(x, Mode::training) or Mode::evaluation");
  }
  return *mode_ == Mode::training;
}

Value LayerContext::parameter(std::string_view suffix, Extents extents, const Initialiser& initialiser, DType dtype) {
  return graph_.parameter(name_ + "." + std::string(suffix), std::move(extents), initialiser, dtype);
}

Value LayerContext::apply(const Layer& layer, Value x) {
  if (layer.kind.empty()) return layer.apply(*this, x);
  const std::string kind = prefix_ + layer.kind;
  const std::string outer = std::exchange(name_, kind + "_" + std::to_string(++counts_[kind]));
  const LayerScope scope(graph_, name_);
  const Value y = layer.apply(*this, x);
  name_ = outer;
  return y;
}

Network::Network(std::string prefix, std::vector<Layer> layers)
    : prefix_(std::move(prefix)), layers_(std::move(layers)) {}

Network::operator Layer() const {
  return {"", [network = *this](LayerContext& context, Value x) {
            std::string outer = context.prefix_;
            if (!network.prefix_.empty()) context.prefix_ += network.prefix_ + ".";
            for (const Layer& layer : network.layers_) x = context.apply(layer, x);
            context.prefix_ = std::move(outer);
            return x;
          }};
}

Value Network::apply(Value x, std::optional<Mode> mode) const {
  if (!x.valid()) throw Error("[network] is applied to a value that was never given");
  LayerContext context(*x.graph, mode);
  return context.apply(*this, x);
}

}  // namespace backprop
