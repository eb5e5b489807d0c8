// Networks: layers and their composition, as functions that write graph. A network is a description and owns no
// numbers: its parameters are states, found by name, so that one network applied in a training graph and in an
// evaluation graph means the same weights. Thread safety: value types; applying one writes to the argument's graph.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "backprop/graph.hpp"
#include "backprop/operations.hpp"

namespace backprop {

enum class Mode : std::uint8_t { training, evaluation };

// A function of one value, with the initialiser that suits the weights in front of it: He's before the relu family,
// LeCun's before selu, Glorot's before all others.
class Activation {
 public:
  Activation() = default;                // the identity
  Activation(Value (*function)(Value));  // relu, tanh, ... NOLINT
  // leaky_relu, elu, ...: with the numbers that operations.hpp gives by default. Throws UsageError for a function that
  // is not of the library: write a lambda then.
  template <class... Numbers>
  Activation(Value (*function)(Value, double, Numbers...))  // NOLINT
      : Activation(of_library(reinterpret_cast<void (*)()>(function))) {}
  template <class F>
  requires(!std::is_same_v<F, Activation> && std::is_class_v<F> && std::is_invocable_r_v<Value, const F&, Value>)
      Activation(F function)
      : function_(std::move(function)) {}  // NOLINT

  Value operator()(Value x) const;
  const std::string& name() const { return name_; }  // as in operations.hpp; "" for a function that is not of there
  const Initialiser& initialiser() const { return initialiser_; }

 private:
  static Activation of_library(void (*function)());
  friend Activation activation(std::string_view name);
  std::function<Value(Value)> function_;
  std::string name_;
  Initialiser initialiser_ = initialiser::glorot_uniform();
};

// By its name in operations.hpp ("relu", "tanh", ...), or "identity". Throws UsageError naming those there are.
Activation activation(std::string_view name);
std::span<const std::string_view> activation_names();

struct Layer;

// What a layer sees when it is applied.
class LayerContext {
 public:
  Graph& graph() const { return graph_; }
  const std::string& name() const { return name_; }  // "dense_1", "encoder.dense_1"
  // Throws UsageError when the network was applied without a mode.
  bool training() const;
  // The state "NAME.suffix" with the role of a parameter.
  Value parameter(std::string_view suffix, Extents extents, const Initialiser& initialiser, DType dtype);
  // Applies a layer inside this one; names go on counting.
  Value apply(const Layer& layer, Value x);

 private:
  friend class Network;
  LayerContext(Graph& graph, std::optional<Mode> mode);
  Graph& graph_;
  std::optional<Mode> mode_;
  std::string prefix_;
  std::string name_;
  std::map<std::string, int> counts_;
};

// A layer of one's own: Layer{"scale", [](LayerContext& c, Value x) { return x * c.parameter("factor", ...); }}
struct Layer {
  Layer(std::string kind, std::function<Value(LayerContext&, Value)> apply);
  Layer(Activation activation);     // NOLINT: a layer is what stands in a sequence
  Layer(Value (*function)(Value));  // NOLINT
  template <class F>
  requires(!std::is_same_v<F, Layer> && !std::is_same_v<F, Activation> && std::is_convertible_v<F, Activation>)
      Layer(F function)
      : Layer(Activation(std::move(function))) {}  // NOLINT

  std::string kind;  // the k-th of its kind is named KIND_k; "" for one that only composes others
  std::function<Value(LayerContext&, Value)> apply;
};

struct DenseOptions {
  std::optional<Initialiser> weight;  // by default as the activation wants it
  Initialiser bias = initialiser::zeros();
  bool use_bias = true;
};

// activation(x W + b): [..., in] -> [..., units]. States NAME.weight [in, units] and NAME.bias [units] in x's element
// type. Throws Error when x is not floating, has no axis of features, or one of a named size.
Layer dense(std::int64_t units, Activation activation = {}, DenseOptions options = {});
// Training: each element is 0 with probability `rate`, the others are divided by 1 - rate (inverted dropout: Srivastava
// et al. 2014). Evaluation: x. Throws UsageError unless 0 <= rate < 1.
Layer dropout(double rate);
// [B, a, b, ...] -> [B, a b ...]
Layer flatten();

// Layers one after the other. Names of states are counted through the whole network, in the order of application, with
// the inner ones of nested networks; a network with a prefix counts by itself: "PREFIX.dense_1.weight". Two networks
// in one graph share the states of equal name: give one of them a prefix unless that is meant.
class Network {
 public:
  Network(std::string prefix, std::vector<Layer> layers);
  operator Layer() const;  // NOLINT: a network is a layer of a larger one

  Value operator()(Value x, Mode mode) const { return apply(x, mode); }
  // For networks that do the same in training and evaluation; throws UsageError when a layer asks which it is.
  Value operator()(Value x) const { return apply(x, std::nullopt); }

 private:
  Value apply(Value x, std::optional<Mode> mode) const;
  std::string prefix_;
  std::vector<Layer> layers_;
};

template <class... Layers>
requires(std::is_convertible_v<Layers, Layer>&&...) Network sequence(Layers... layers) {
  return Network("", {Layer(std::move(layers))...});
}
template <class... Layers>
requires(std::is_convertible_v<Layers, Layer>&&...) Network sequence(std::string prefix, Layers... layers) {
  return Network(std::move(prefix), {Layer(std::move(layers))...});
}
// x + inner(x) (He et al. 2016)
Layer residual(Layer inner);
// [x, inner(x)] along the last axis: direct links past the hidden units, as in the XOR network of 1986
Layer skip(Layer inner);

}  // namespace backprop
