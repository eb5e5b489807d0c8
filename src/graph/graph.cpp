#include "backprop/graph.hpp"

#include <algorithm>

#include "graph/leaves.hpp"

namespace backprop {
namespace {

std::vector<Type> infer(const Operation& operation, const std::vector<Type>& types, const Attributes& attributes,
                        const std::string& layer) {
  try {
    if (operation.arity >= 0 && static_cast<int>(types.size()) != operation.arity) {
      throw Error("takes " + std::to_string(operation.arity) + " arguments, got " + std::to_string(types.size()));
    }
    if (operation.arity < 0 && types.empty()) throw Error("takes at least one argument");
    return operation.infer(operation, types, attributes);
  } catch (const Error& error) {
    throw Error("[" + std::string(operation.name) + "] " + error.what() +
                (layer.empty() ? "" : " in layer '" + layer + "'"));
  }
}

}  // namespace

const Type& Value::type() const {
  if (!graph) throw Error("[graph] a value that was never given is used");
  return graph->info(index).type;
}

Value Graph::input(Shape shape, DType dtype, std::string name) {
  if (name.empty()) name = "input_" + std::to_string(inputs_.size());
  for (const Index i : inputs_) {
    if (input_name(i) == name) throw Error("[graph] there is already an input '" + name + "'");
  }
  return apply(input_operation, {}, {{"name", std::move(name)}, {"dtype", dtype}, {"shape", std::move(shape)}});
}

Value Graph::state(const StateSpec& spec) {
  for (const Index i : states_) {
    const Equation& e = equation_of(i);
    if (e.attributes.text("name") != spec.name) continue;
    if (!(state_spec(e) == spec)) {
      throw Error("[graph] the state '" + spec.name + "' is declared a second time as " +
                  to_string(Type{spec.dtype, Shape(spec.extents)}) + ", " + to_string(spec.initialiser) + "; it was " +
                  to_string(info(e.outputs[0]).type) + ", " + e.attributes.text("initialiser"));
    }
    return {this, i};
  }
  return apply(state_operation, {},
               {{"name", spec.name},
                {"dtype", spec.dtype},
                {"shape", Shape(spec.extents)},
                {"role", std::string(to_string(spec.role))},
                {"initialiser", to_string(spec.initialiser)}});
}

Value Graph::constant(double value, DType dtype, Shape shape) {
  return apply(constant_operation, {}, {{"value", value}, {"dtype", dtype}, {"shape", std::move(shape)}});
}

Value Graph::constant(Tensor tensor) { return apply(constant_operation, {}, {{"values", std::move(tensor)}}); }

Value Graph::dimension(const Dim& dim, DType dtype) {
  if (dim.is_number()) return constant(static_cast<double>(dim.number()), dtype);
  return apply(dimension_operation, {}, {{"of", Shape{dim}}, {"dtype", dtype}});
}

LayerScope::LayerScope(Graph& graph, std::string name) : graph_(graph), before_(std::move(graph.layer_)) {
  graph.layer_ = std::move(name);
}
LayerScope::~LayerScope() { graph_.layer_ = std::move(before_); }

Value Graph::parameter(std::string name, Extents extents, Initialiser initialiser, DType dtype) {
  return state({std::move(name), dtype, std::move(extents), Role::parameter, initialiser});
}

Value Graph::apply(const Operation& operation, std::initializer_list<Value> inputs, Attributes attributes) {
  return apply(operation, std::span(inputs.begin(), inputs.size()), std::move(attributes));
}
Value Graph::apply(const Operation& operation, std::span<const Value> inputs, Attributes attributes) {
  return apply_all(operation, inputs, std::move(attributes)).front();
}

std::vector<Value> Graph::apply_all(const Operation& operation, std::span<const Value> inputs, Attributes attributes) {
  Equation equation{.operation = &operation, .attributes = std::move(attributes), .layer = layer_};
  std::vector<Type> types;
  for (const Value& v : inputs) {
    if (v.graph != this) {
      throw Error("[" + std::string(operation.name) + "] an argument is of another graph, or was never given");
    }
    types.push_back(v.type());
    equation.inputs.push_back(v.index);
  }
  std::vector<Value> outputs;
  for (Type& type : infer(operation, types, equation.attributes, layer_)) {
    outputs.push_back({this, size()});
    equation.outputs.push_back(size());
    values_.push_back({std::move(type), static_cast<Index>(equations_.size())});
  }
  if (&operation == &input_operation) inputs_.push_back(outputs[0].index);
  if (&operation == &state_operation) states_.push_back(outputs[0].index);
  equations_.push_back(std::move(equation));
  return outputs;
}

void Graph::update(Value state, Value value) {
  const Equation& equation = equation_of(state.index);
  if (equation.operation != &state_operation) throw Error("[graph] only a state can be updated");
  const std::string& name = equation.attributes.text("name");
  if (value.graph != this || state.graph != this)
    throw Error("[graph] update of '" + name + "' with another graph's value");
  if (!(value.type() == state.type())) {
    throw Error("[graph] update of '" + name + "', " + to_string(state.type()) + ", with a value of type " +
                to_string(value.type()));
  }
  for (const Update& u : updates_) {
    if (u.state == name) throw Error("[graph] the state '" + name + "' is updated twice");
  }
  updates_.push_back({name, value.index});
}

StateSpec Graph::state_spec(const Equation& equation) {
  const Attributes& a = equation.attributes;
  return {a.text("name"), a.dtype("dtype"), a.shape("shape").bind({}), parse_role(a.text("role")),
          parse_initialiser(a.text("initialiser"))};
}

std::vector<StateSpec> Graph::states() const {
  std::vector<StateSpec> specs;
  for (const Index i : states_) specs.push_back(state_spec(equation_of(i)));
  return specs;
}

std::string Graph::input_name(Index value) const { return equation_of(value).attributes.text("name"); }

void Graph::verify() const {
  const auto fail = [](const std::string& what) { throw Error("[verify] " + what); };
  std::vector<bool> bound(values_.size(), false);
  for (std::size_t n = 0; n < equations_.size(); ++n) {
    const Equation& e = equations_[n];
    const std::string where = "equation " + std::to_string(n) + " (" + std::string(e.operation->name) + ")";
    std::vector<Type> types;
    for (const Index i : e.inputs) {
      if (i < 0 || i >= size() || !bound[static_cast<std::size_t>(i)])
        fail(where + " uses %" + std::to_string(i) + " before it is bound");
      types.push_back(info(i).type);
    }
    const std::vector<Type> results = infer(*e.operation, types, e.attributes, e.layer);
    if (results.size() != e.outputs.size()) fail(where + " has another number of outputs than its rule gives");
    for (std::size_t k = 0; k < results.size(); ++k) {
      const Index out = e.outputs[k];
      if (out < 0 || out >= size()) fail(where + " gives a value out of range");
      if (bound[static_cast<std::size_t>(out)]) fail(where + " binds %" + std::to_string(out) + " again");
      bound[static_cast<std::size_t>(out)] = true;
      if (!(info(out).type == results[k])) {
        fail(where + " gives " + to_string(results[k]) + ", the graph says " + to_string(info(out).type));
      }
      if (info(out).equation != static_cast<Index>(n)) fail(where + " is not the equation its output names");
    }
  }
  if (std::find(bound.begin(), bound.end(), false) != bound.end()) fail("a value is bound by no equation");
  for (const Update& u : updates_) {
    const auto it = std::find_if(equations_.begin(), equations_.end(), [&](const Equation& e) {
      return e.operation == &state_operation && e.attributes.text("name") == u.state;
    });
    if (it == equations_.end()) fail("an update names the state '" + u.state + "', which no equation reads");
    if (!(info(u.value).type == info(it->outputs[0]).type)) fail("the update of '" + u.state + "' has another type");
  }
}

}  // namespace backprop
