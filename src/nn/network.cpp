#include "backprop/network.hpp"

namespace backprop {

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
