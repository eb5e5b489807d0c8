// The graph: what is to be computed, as flat data. Equations stand in topological order; values are named by index; no
// pointers between them. Operations are in operations.hpp. Thread safety: build a graph from one thread at a time;
// reading is safe from many.
#pragma once
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "backprop/attributes.hpp"
#include "backprop/error.hpp"
#include "backprop/shape.hpp"
#include "backprop/state.hpp"

namespace backprop {

struct Operation;
class Graph;
using Index = std::int32_t;

// A handle on one value of a graph; copying it copies nothing. operations.hpp gives it + - * / and the rest.
struct Value {
  Graph* graph = nullptr;
  Index index = -1;

  bool valid() const { return graph != nullptr; }
  const Type& type() const;
  const Shape& shape() const { return type().shape; }
  DType dtype() const { return type().dtype; }
  friend bool operator==(const Value&, const Value&) = default;
};

// outputs = operation(inputs; attributes)
struct Equation {
  const Operation* operation = nullptr;
  Attributes attributes;
  std::vector<Index> inputs = {};
  std::vector<Index> outputs = {};
  std::string layer = {};  // the layer that wrote it, for error messages; may be empty
};

struct ValueInfo {
  Type type;
  Index equation = -1;  // that gives it
};

// After a step, the state (by name) has the value `value`.
struct Update {
  std::string state;
  Index value = -1;
  friend bool operator==(const Update&, const Update&) = default;
};

class Graph {
 public:
  Graph() = default;

  // What the caller gives at every run, in the order of these calls. `name` is "input_K" by default; names are unique.
  Value input(Shape shape, DType dtype = DType::float32, std::string name = "");
  // The state's value before the step. Asking again for the same name gives the same value; throws Error when the
  // specification differs.
  Value state(const StateSpec& spec);
  Value parameter(std::string name, Extents extents, Initialiser initialiser, DType dtype = DType::float32);
  Value constant(double value, DType dtype = DType::float32, Shape shape = {});  // every element the same
  Value constant(Tensor tensor);
  // The number that a dimension is bound to, as a scalar.
  Value dimension(const Dim& dim, DType dtype = DType::float32);

  // Appends equations; shapes and dtypes follow from the operation's rule, which throws Error.
  Value apply(const Operation& operation, std::span<const Value> inputs, Attributes attributes = {});
  Value apply(const Operation& operation, std::initializer_list<Value> inputs, Attributes attributes = {});
  std::vector<Value> apply_all(const Operation& operation, std::span<const Value> inputs, Attributes attributes = {});

  // After the step, `state` (a value made by state()) becomes `value`; one update a state. Throws Error when the types
  // differ.
  void update(Value state, Value value);
  // A stream of random numbers of its own for each random operation, so that no two share a mask.
  std::int64_t new_stream() { return streams_++; }

  const std::deque<Equation>& equations() const { return equations_; }
  const ValueInfo& info(Index value) const { return values_[static_cast<std::size_t>(value)]; }
  const Equation& equation_of(Index value) const { return equations_[static_cast<std::size_t>(info(value).equation)]; }
  Index size() const { return static_cast<Index>(values_.size()); }  // number of values
  Value value(Index index) { return {this, index}; }
  const std::vector<Index>& inputs() const { return inputs_; }
  const std::vector<Update>& updates() const { return updates_; }
  // The specification in a `state` equation.
  static StateSpec state_spec(const Equation& equation);
  std::vector<StateSpec> states() const;
  std::string input_name(Index value) const;

  // Throws Error when an invariant is broken: each value bound once and before its use, types equal to the operation's
  // rule, updates of existing states with equal types.
  void verify() const;

  // Text, one equation a line:  %2 = add(%0, %1) : float32[B, 3]   and   update w <- %7
  std::string to_text() const;
  // The inverse; `catalogue` names the operations. Throws Error naming the line.
  static Graph parse(std::string_view text, std::span<const Operation* const> catalogue);
  std::string to_dot() const;  // for Graphviz

 private:
  friend class LayerScope;
  // Deques, so that a reference to a type or an equation stays valid while a rule appends to the graph.
  std::deque<Equation> equations_;
  std::deque<ValueInfo> values_;
  std::vector<Index> inputs_;
  std::vector<Index> states_;
  std::vector<Update> updates_;
  std::int64_t streams_ = 0;
  std::string layer_;
};

// While it lives, equations and errors of the graph carry the layer's name.
class LayerScope {
 public:
  LayerScope(Graph& graph, std::string name);
  ~LayerScope();
  LayerScope(const LayerScope&) = delete;
  LayerScope& operator=(const LayerScope&) = delete;

 private:
  Graph& graph_;
  std::string before_;
};

}  // namespace backprop
