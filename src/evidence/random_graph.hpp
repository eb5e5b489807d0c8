// Random typed graphs of 3 to 40 operations over the whole vocabulary, with numbers that stay finite, inside domains
// and away from kinks: the numbers are computed while the graph grows. Thread safety: pure functions.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "backprop/graph.hpp"
#include "backprop/operation.hpp"
#include "evidence/operation_case.hpp"
#include "evidence/random.hpp"

namespace backprop::evidence {

struct RandomGraph {
  std::unique_ptr<Graph> graph;
  std::vector<Value> arguments;  // float64 inputs and a state, by which the loss is differentiated
  std::vector<Tensor> inputs;
  std::vector<Value> outputs;  // the loss, a scalar, and some values on the way
  std::int64_t operations = 0;
};

// The same graph and numbers for the same seed, on every machine.
RandomGraph make_random_graph(std::uint64_t seed);

// A graph that grows, with the numbers of its values.
class GraphMaker {
 public:
  explicit GraphMaker(std::uint64_t seed);

  Graph& graph() { return *graph_; }
  Random& random() { return random_; }
  const Bindings& sizes() const { return sizes_; }
  // Values with numbers of that kind, to build on; recent ones are likelier.
  Value pick();
  Value pick(const std::function<bool(Value)>& fits);  // invalid when there is none
  std::optional<Value> pick_mask();
  std::vector<double> numbers(Value v);
  Extents extents(Value v) const { return v.shape().bind(sizes_); }
  std::int64_t elements(Value v) const { return count(extents(v)); }

  // A value made of `v` whose numbers lie inside the sampler's domain and away from its kinks; nothing when no attempt
  // succeeds.
  std::optional<Value> fit(Value v, const Sampler& sampler);
  // No two numbers of the two values at one place are near each other.
  bool apart(Value a, Value b);
  // No two numbers of the value are near each other.
  bool distinct(Value v);

  // How many operations the graph will have.
  std::int64_t operations() const;
  // Everything that nothing else uses flows into the loss.
  RandomGraph finish();
  void grow();

 private:
  void compute_new();
  bool acceptable(Value v);
  void add_inputs();
  std::vector<Value> loose_ends() const;

  std::unique_ptr<Graph> graph_ = std::make_unique<Graph>();
  Random random_;
  Bindings sizes_;
  std::vector<Value> arguments_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> tensors_;  // the numbers of each value of the graph
  std::vector<Value> pool_;      // float64 values to build on
  std::vector<Value> masks_;     // booleans
};

// One way to go on: an operation of the vocabulary on values of the pool, nothing when it does not fit.
using Recipe = std::function<std::vector<Value>(GraphMaker&)>;
const std::vector<Recipe>& recipes();

}  // namespace backprop::evidence
