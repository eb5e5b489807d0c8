#include "evidence/mutation.hpp"

#include <algorithm>
#include <functional>
#include <optional>

#include "backprop/gradient.hpp"
#include "backprop/operations.hpp"
#include "ops/ops.hpp"

namespace backprop::evidence {
namespace {

thread_local bool applied = false;

using Call = std::function<std::vector<Value>(const RuleContext&, int argument, std::span<const Value> directions)>;

RuleContext with_original(const RuleContext& c) {
  const auto& mutant = static_cast<const Mutant&>(c.operation);
  return {c.graph, *mutant.original, c.inputs, c.outputs, c.attributes};
}

// Whether an equation from `begin` on, of those that `results` need, uses `operation` (none: one of `values`).
bool uses(const Graph& graph, std::size_t begin, std::span<const Value> results, const Operation* operation,
          std::span<const Value> values) {
  std::vector<char> needed(static_cast<std::size_t>(graph.size()), 0);
  for (const Value& v : results) {
    if (v.valid()) needed[static_cast<std::size_t>(v.index)] = 1;
  }
  for (std::size_t n = graph.equations().size(); n-- > begin;) {
    const Equation& equation = graph.equations()[n];
    const bool any = std::any_of(equation.outputs.begin(), equation.outputs.end(),
                                 [&](Index o) { return needed[static_cast<std::size_t>(o)] != 0; });
    if (!any) continue;
    if (operation && equation.operation == operation) return true;
    for (const Index i : equation.inputs) needed[static_cast<std::size_t>(i)] = 1;
  }
  return std::any_of(values.begin(), values.end(),
                     [&](const Value& v) { return needed[static_cast<std::size_t>(v.index)] != 0; });
}

// The elements rolled by one along the last axis that has several: numbers of the same kind at other places.
std::optional<Value> rolled(Value x) {
  for (int axis = x.shape().rank(); axis-- > 0;) {
    const Dim& dim = x.shape()[axis];
    if (!dim.is_number() || dim.number() < 2) continue;
    const std::int64_t n = dim.number();
    return concat({slice(x, axis, 1, n), slice(x, axis, 0, 1)}, axis);
  }
  return std::nullopt;
}

// The last two axes exchanged where they are equal, so that the mistake keeps the shape.
std::optional<Value> turned(Value x) {
  const int rank = x.shape().rank();
  if (rank < 2 || !(x.shape()[rank - 1] == x.shape()[rank - 2])) return std::nullopt;
  Integers order;
  for (int axis = 0; axis < rank; ++axis) order.push_back(axis);
  std::swap(order[static_cast<std::size_t>(rank) - 1], order[static_cast<std::size_t>(rank) - 2]);
  return transpose(x, order);
}

// The attribute that names an axis, with another axis in it; nothing when no attribute does.
std::optional<Attributes> with_other_axis(const RuleContext& c) {
  Attributes wrong = c.attributes;
  const int rank = c.inputs.empty() ? 0 : c.inputs[0].shape().rank();
  if (const AttributeValue* axis = wrong.find("axis"); axis && rank > 1) {
    wrong.set("axis", (*axis->get_if<std::int64_t>() + 1) % rank);
    return wrong;
  }
  if (wrong.find("axes") && rank > 1) {
    Integers axes = wrong.integers("axes");
    const auto length = static_cast<std::int64_t>(axes.size());
    if (length == rank) return std::nullopt;
    const std::int64_t first = (axes[0] + 1) % (rank - length + 1);
    for (std::int64_t k = 0; k < length; ++k) axes[static_cast<std::size_t>(k)] = first + k;
    wrong.set("axes", axes);
    return wrong;
  }
  for (const char* name : {"permutation", "before"}) {
    if (!wrong.find(name) || rank < 2) continue;
    Integers numbers = wrong.integers(name);
    std::rotate(numbers.begin(), numbers.begin() + 1, numbers.end());
    wrong.set(name, numbers);
    return wrong;
  }
  if (wrong.find("transpose_a")) {
    wrong.set("transpose_a", std::int64_t{!wrong.flag("transpose_a")});
    wrong.set("transpose_b", std::int64_t{!wrong.flag("transpose_b")});
    return wrong;
  }
  return std::nullopt;
}

// The equations from `begin` on once more, with `first term` for `sum`.
std::vector<Value> without_sums(Graph& graph, std::size_t begin, std::span<const Value> results) {
  std::vector<Index> image;
  for (Index i = 0; i < graph.size(); ++i) image.push_back(i);
  const std::size_t end = graph.equations().size();
  for (std::size_t n = begin; n < end; ++n) {
    const Equation equation = graph.equations()[n];
    if (equation.inputs.empty()) continue;
    std::vector<Value> inputs;
    for (const Index i : equation.inputs) inputs.push_back(graph.value(image[static_cast<std::size_t>(i)]));
    std::vector<Value> outputs;
    if (equation.operation == &ops::sum) {
      Value first = inputs[0];
      for (const std::int64_t axis : equation.attributes.integers("axes")) {
        const Index zero = graph.constant(0, DType::int64, {1}).index;
        first = gather(first, graph.value(zero), static_cast<int>(axis));
      }
      outputs = {reshape(first, graph.info(equation.outputs[0]).type.shape)};
    } else {
      outputs = graph.apply_all(*equation.operation, inputs, equation.attributes);
    }
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      image[static_cast<std::size_t>(equation.outputs[k])] = outputs[k].index;
    }
  }
  std::vector<Value> wrong;
  for (const Value& v : results) wrong.push_back(graph.value(image[static_cast<std::size_t>(v.index)]));
  return wrong;
}

// A context of other inputs; outputs follow from them.
RuleContext with_inputs(const RuleContext& c, std::vector<Value> inputs) {
  RuleContext wrong = c;
  wrong.inputs = std::move(inputs);
  wrong.outputs = c.graph.apply_all(c.operation, wrong.inputs, c.attributes);
  return wrong;
}

std::vector<Value> stale(const RuleContext& c, int argument, std::span<const Value> directions, const Call& call,
                         const std::vector<Value>& right, std::size_t begin) {
  std::vector<Value> read = c.inputs;
  read.insert(read.end(), c.outputs.begin(), c.outputs.end());
  if (!uses(c.graph, begin, right, nullptr, read)) return right;
  std::vector<Value> inputs;
  bool any = false;
  for (const Value& input : c.inputs) {
    const std::optional<Value> other = rolled(input);
    any = any || other;
    inputs.push_back(other.value_or(input));
  }
  if (!any) return right;
  applied = true;
  return call(with_inputs(c, inputs), argument, directions);
}

std::vector<Value> detached(const RuleContext& c, int argument, std::span<const Value> directions, const Call& call,
                            const std::vector<Value>& right) {
  RuleContext wrong = c;
  std::vector<Value> read, tangents;
  for (auto* values : {&wrong.inputs, &wrong.outputs}) {
    for (Value& v : *values) {
      if (!is_floating(v.dtype())) continue;
      v = stop_gradient(v);
      read.push_back(v);
      tangents.push_back(ops::constant_like(v, 1));
    }
  }
  std::vector<Value> result = call(wrong, argument, directions);
  // Applies where the rule's result has a derivative by what it reads that is not zero everywhere.
  const std::vector<Value> change = jvp(result, read, tangents);
  const bool constant = std::all_of(change.begin(), change.end(), [&](const Value& v) {
    return c.graph.equation_of(v.index).operation == &constant_operation;
  });
  if (constant) return right;
  applied = true;
  return result;
}

std::vector<Value> wrong_axis(const RuleContext& c, int argument, std::span<const Value> directions, const Call& call,
                              const std::vector<Value>& right) {
  if (c.operation.kind == OperationKind::elementwise) return right;
  if (const std::optional<Attributes> attributes = with_other_axis(c)) {
    applied = true;
    RuleContext wrong = c;
    wrong.attributes = *attributes;
    return call(wrong, argument, directions);
  }
  std::vector<Value> other;
  for (const Value& direction : directions) {
    const std::optional<Value> t = turned(direction);
    if (!t) return right;
    other.push_back(*t);
  }
  applied = true;
  return call(c, argument, other);
}

std::vector<Value> swapped(const RuleContext& c, int argument, std::span<const Value> directions, const Call& call,
                           const std::vector<Value>& right) {
  for (int step = 1; step < static_cast<int>(c.inputs.size()); ++step) {
    const int other = (argument + step) % static_cast<int>(c.inputs.size());
    if (!is_floating(c.inputs[static_cast<std::size_t>(other)].dtype())) continue;
    applied = true;
    return call(c, other, directions);
  }
  return right;
}

std::vector<Value> mistaken(const RuleContext& context, int argument, std::span<const Value> directions,
                            const Call& call) {
  const auto& mutant = static_cast<const Mutant&>(context.operation);
  const RuleContext c = with_original(context);
  const std::size_t begin = c.graph.equations().size();
  std::vector<Value> right = call(c, argument, directions);
  if (argument != mutant.wrong_argument || right.empty() || !right[0].valid()) return right;
  switch (mutant.mistake) {
    case Mistake::sign:
      applied = true;
      for (Value& v : right) v = -v;
      return right;
    case Mistake::factor:
      applied = true;
      for (Value& v : right) v = v * (1 + 1e-6);
      return right;
    case Mistake::wrong_axis: return wrong_axis(c, argument, directions, call, right);
    case Mistake::dropped_sum:
      if (!uses(c.graph, begin, right, &ops::sum, {})) return right;
      applied = true;
      return without_sums(c.graph, begin, right);
    case Mistake::swapped_arguments: return swapped(c, argument, directions, call, right);
    case Mistake::stale_input: return stale(c, argument, directions, call, right, begin);
    case Mistake::detached_input: return detached(c, argument, directions, call, right);
  }
  return right;
}

Value wrong_partial(const RuleContext& c, int argument) {
  return mistaken(c, argument, {}, [](const RuleContext& own, int a, std::span<const Value>) -> std::vector<Value> {
    return {own.operation.partial(own, a)};
  })[0];
}

Value wrong_transpose(const RuleContext& c, int argument, std::span<const Value> cotangents) {
  return mistaken(c, argument, cotangents,
                  [](const RuleContext& own, int a, std::span<const Value> g) -> std::vector<Value> {
                    return {own.operation.transpose(own, a, g)};
                  })[0];
}

Value wrong_vjp(const RuleContext& c, int argument, std::span<const Value> cotangents) {
  return mistaken(c, argument, cotangents,
                  [](const RuleContext& own, int a, std::span<const Value> g) -> std::vector<Value> {
                    return {own.operation.vjp(own, a, g)};
                  })[0];
}

std::vector<Value> wrong_jvp(const RuleContext& c, int argument, Value tangent) {
  return mistaken(
      c, argument, std::span<const Value>(&tangent, 1),
      [](const RuleContext& own, int a, std::span<const Value> t) { return own.operation.jvp(own, a, t[0]); });
}

}  // namespace

std::string_view to_string(Mistake mistake) {
  constexpr std::string_view names[] = {"sign",          "factor 1 + 1e-6",         "wrong axis",
                                        "dropped sum",   "another argument's rule", "stale input",
                                        "detached input"};
  return names[static_cast<std::size_t>(mistake)];
}

std::string_view to_string(Rule rule) {
  constexpr std::string_view names[] = {"partial", "transpose", "vjp", "jvp"};
  return names[static_cast<std::size_t>(rule)];
}

std::string Mutant::label() const {
  return std::string(name) + ": " + std::string(to_string(rule)) + " of argument " + std::to_string(wrong_argument) +
         ", " + std::string(to_string(mistake));
}

std::vector<Mutant> mutants(const Operation& operation, int arguments) {
  std::vector<Mutant> result;
  const auto add = [&](Rule rule, auto member, auto wrong) {
    if (!(operation.*member)) return;
    for (int argument = 0; argument < arguments; ++argument) {
      for (const Mistake mistake : all_mistakes) {
        Mutant mutant{operation, &operation, rule, argument, mistake};
        mutant.*member = wrong;
        result.push_back(mutant);
      }
    }
  };
  add(Rule::partial, &Operation::partial, wrong_partial);
  add(Rule::transpose, &Operation::transpose, wrong_transpose);
  add(Rule::vjp, &Operation::vjp, wrong_vjp);
  add(Rule::jvp, &Operation::jvp, wrong_jvp);
  return result;
}

bool mistake_applied() { return std::exchange(applied, false); }

}  // namespace backprop::evidence
