// Both modes in one place: a walk over the equations, backwards for vjp, forwards for jvp, that appends the
// derivative's equations. Only values on a path between arguments and outputs are visited.
#include "backprop/gradient.hpp"
#include "ops/ops.hpp"

namespace backprop {
namespace {

constexpr Index none = -1;

RuleContext context_of(Graph& graph, const Equation& equation) {
  RuleContext c{graph, *equation.operation, {}, {}, equation.attributes};
  for (const Index i : equation.inputs) c.inputs.push_back({&graph, i});
  for (const Index i : equation.outputs) c.outputs.push_back({&graph, i});
  return c;
}

bool floating(const Graph& graph, Index value) { return is_floating(graph.info(value).type.dtype); }

// Values that depend on one of `arguments`, through floating values only: everything else has derivative zero.
std::vector<char> reached_from(const Graph& graph, std::span<const Value> arguments, std::size_t equations) {
  std::vector<char> active(static_cast<std::size_t>(graph.size()), 0);
  for (const Value& v : arguments) active[static_cast<std::size_t>(v.index)] = floating(graph, v.index);
  for (std::size_t n = 0; n < equations; ++n) {
    const Equation& e = graph.equations()[n];
    bool any = false;
    for (const Index i : e.inputs) any = any || active[static_cast<std::size_t>(i)];
    if (!any || e.operation == &ops::stop_gradient) continue;
    for (const Index o : e.outputs) active[static_cast<std::size_t>(o)] |= static_cast<char>(floating(graph, o));
  }
  return active;
}

bool is_constant(const Graph& graph, Index value, double number) {
  const Equation* e = &graph.equation_of(value);
  while (e->operation == &ops::broadcast) e = &graph.equation_of(e->inputs[0]);
  const AttributeValue* v = e->operation == &constant_operation ? e->attributes.find("value") : nullptr;
  return v && *v->get_if<double>() == number;
}

// direction * partial, without the product where the partial is 1, -1 or a choice between 1 and 0.
Value scaled(Value direction, Value partial) {
  Graph& g = *direction.graph;
  if (is_constant(g, partial.index, 1)) return direction;
  if (is_constant(g, partial.index, -1)) return -direction;
  const Equation& e = g.equation_of(partial.index);
  if (e.operation == &ops::where) {
    const Index c = e.inputs[0], a = e.inputs[1], b = e.inputs[2];
    if (is_constant(g, a, 1) && is_constant(g, b, 0)) return where({&g, c}, direction, {&g, b});
    if (is_constant(g, a, 0) && is_constant(g, b, 1)) return where({&g, c}, {&g, a}, direction);
  }
  return direction * partial;
}

Value zeros_like(Value v) { return ops::constant_like(v, 0); }

[[noreturn]] void no_derivative(const RuleContext& c, int argument) {
  throw Error("[" + std::string(c.operation.name) + "] has no derivative with respect to argument " +
              std::to_string(argument));
}

Value argument_cotangent(const RuleContext& c, int argument, std::span<const Value> cotangents) {
  const Operation& op = c.operation;
  switch (op.kind) {
    case OperationKind::leaf: break;
    case OperationKind::elementwise: {
      if (!op.partial) no_derivative(c, argument);
      const Value partial = op.partial(c, argument);
      return partial.valid() ? scaled(cotangents[0], partial) : Value{};
    }
    case OperationKind::linear:
    case OperationKind::multilinear:
      if (!op.transpose) no_derivative(c, argument);
      return op.transpose(c, argument, cotangents);
    case OperationKind::general:
      if (!op.vjp) no_derivative(c, argument);
      return op.vjp(c, argument, cotangents);
  }
  return {};
}

// A rule, which may be a user's, must give what has the type of that whose derivative it is.
void check_rule(const RuleContext& c, const char* mode, Value derivative, Value of) {
  if (!derivative.valid() || derivative.type() == of.type()) return;
  throw Error("[" + std::string(c.operation.name) + "] its " + mode + " rule gives " + to_string(derivative.type()) +
              ", " + to_string(of.type()) + " is needed");
}

Value sum_of(Value a, Value b) { return a.valid() ? (b.valid() ? add(a, b) : a) : b; }

// Tangents of the outputs; tangents[i] is invalid where input i has none.
std::vector<Value> output_tangents(const RuleContext& c, std::span<const Value> tangents) {
  const Operation& op = c.operation;
  std::vector<Value> result(c.outputs.size());
  if (op.kind == OperationKind::leaf) return result;
  if (op.kind == OperationKind::linear) {
    std::vector<Value> inputs = c.inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (tangents[i].valid())
        inputs[i] = tangents[i];
      else if (is_floating(inputs[i].dtype()))
        inputs[i] = zeros_like(inputs[i]);
    }
    return c.graph.apply_all(op, inputs, c.attributes);
  }
  for (std::size_t i = 0; i < tangents.size(); ++i) {
    if (!tangents[i].valid()) continue;
    const int argument = static_cast<int>(i);
    std::vector<Value> part;
    if (op.kind == OperationKind::elementwise) {
      if (!op.partial) no_derivative(c, argument);
      const Value partial = op.partial(c, argument);
      if (!partial.valid()) continue;
      part = {scaled(tangents[i], partial)};
    } else if (op.kind == OperationKind::multilinear) {
      std::vector<Value> inputs = c.inputs;
      inputs[i] = tangents[i];
      part = c.graph.apply_all(op, inputs, c.attributes);
    } else {
      if (!op.jvp) no_derivative(c, argument);
      part = op.jvp(c, argument, tangents[i]);
    }
    for (std::size_t k = 0; k < result.size(); ++k) result[k] = sum_of(result[k], part[k]);
  }
  return result;
}

void need_same_type(const char* who, std::span<const Value> values, std::span<const Value> directions) {
  const std::string name = std::string("[") + who + "] ";
  if (values.size() != directions.size()) throw Error(name + "needs one direction a value");
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].graph != directions[i].graph) throw Error(name + "values of two graphs");
    if (!(values[i].type() == directions[i].type())) {
      throw Error(name + "direction " + std::to_string(i) + " is " + to_string(directions[i].type()) +
                  ", its value is " + to_string(values[i].type()));
    }
  }
}

}  // namespace

std::vector<Value> vjp(std::span<const Value> outputs, std::span<const Value> cotangents,
                       std::span<const Value> arguments) {
  need_same_type("vjp", outputs, cotangents);
  if (arguments.empty()) return {};
  Graph& graph = *arguments[0].graph;
  for (const Value& v : outputs) {
    if (v.graph != &graph) throw Error("[vjp] values of two graphs");
  }
  const std::size_t equations = graph.equations().size();
  const std::vector<char> active = reached_from(graph, arguments, equations);
  std::vector<Index> bar(active.size(), none);  // the cotangent of each value
  const auto add_to = [&](Index value, Value g) {
    if (!g.valid()) return;
    Index& slot = bar[static_cast<std::size_t>(value)];
    slot = slot == none ? g.index : add(graph.value(slot), g).index;
  };
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (active[static_cast<std::size_t>(outputs[i].index)]) add_to(outputs[i].index, cotangents[i]);
  }
  std::vector<char> is_argument(active.size(), 0);
  for (const Value& v : arguments) is_argument[static_cast<std::size_t>(v.index)] = 1;
  for (std::size_t n = equations; n-- > 0;) {
    const Equation& e = graph.equations()[n];
    bool any = false, wanted = false;
    for (const Index o : e.outputs) any = any || bar[static_cast<std::size_t>(o)] != none;
    for (const Index i : e.inputs) wanted = wanted || active[static_cast<std::size_t>(i)];
    if (!any || !wanted || e.operation == &ops::stop_gradient) continue;
    const RuleContext c = context_of(graph, e);
    const LayerScope layer(graph, e.layer);
    std::vector<Value> g;
    for (const Value& o : c.outputs) {
      const Index index = bar[static_cast<std::size_t>(o.index)];
      g.push_back(index == none ? zeros_like(o) : graph.value(index));
    }
    for (std::size_t i = 0; i < c.inputs.size(); ++i) {
      const Index input = c.inputs[i].index;
      if (!active[static_cast<std::size_t>(input)]) continue;
      const Value cotangent = argument_cotangent(c, static_cast<int>(i), g);
      check_rule(c, "vjp", cotangent, c.inputs[i]);
      add_to(input, cotangent);
    }
  }
  std::vector<Value> result;
  for (const Value& v : arguments) {
    const Index index = bar[static_cast<std::size_t>(v.index)];
    result.push_back(index == none ? zeros_like(v) : graph.value(index));
  }
  return result;
}

std::vector<Value> jvp(std::span<const Value> outputs, std::span<const Value> arguments,
                       std::span<const Value> tangents) {
  need_same_type("jvp", arguments, tangents);
  if (outputs.empty() || arguments.empty()) return {};
  Graph& graph = *outputs[0].graph;
  const std::size_t equations = graph.equations().size();
  const std::vector<char> active = reached_from(graph, arguments, equations);
  std::vector<char> needed(active.size(), 0);
  for (const Value& v : outputs) needed[static_cast<std::size_t>(v.index)] = 1;
  for (std::size_t n = equations; n-- > 0;) {
    const Equation& e = graph.equations()[n];
    bool any = false;
    for (const Index o : e.outputs) any = any || needed[static_cast<std::size_t>(o)];
    for (const Index i : e.inputs) needed[static_cast<std::size_t>(i)] |= static_cast<char>(any);
  }
  std::vector<Index> dot(active.size(), none);  // the tangent of each value
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    Index& slot = dot[static_cast<std::size_t>(arguments[i].index)];
    slot = slot == none ? tangents[i].index : add(graph.value(slot), tangents[i]).index;
  }
  for (std::size_t n = 0; n < equations; ++n) {
    const Equation& e = graph.equations()[n];
    bool any = false, wanted = false;
    for (const Index i : e.inputs) any = any || dot[static_cast<std::size_t>(i)] != none;
    for (const Index o : e.outputs) {
      wanted = wanted || (active[static_cast<std::size_t>(o)] && needed[static_cast<std::size_t>(o)]);
    }
    if (!any || !wanted || e.operation == &ops::stop_gradient) continue;
    const RuleContext c = context_of(graph, e);
    const LayerScope layer(graph, e.layer);
    std::vector<Value> t;
    for (const Value& i : c.inputs) {
      const Index index = dot[static_cast<std::size_t>(i.index)];
      t.push_back(index == none ? Value{} : graph.value(index));
    }
    const std::vector<Value> result = output_tangents(c, t);
    for (std::size_t k = 0; k < result.size(); ++k) {
      if (!result[k].valid()) continue;
      check_rule(c, "jvp", result[k], c.outputs[k]);
      Index& slot = dot[static_cast<std::size_t>(c.outputs[k].index)];
      slot = slot == none ? result[k].index : add(graph.value(slot), result[k]).index;
    }
  }
  std::vector<Value> result;
  for (const Value& v : outputs) {
    const Index index = dot[static_cast<std::size_t>(v.index)];
    result.push_back(index == none ? zeros_like(v) : graph.value(index));
  }
  return result;
}

}  // namespace backprop
