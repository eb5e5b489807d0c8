#include <cmath>
#include <map>

#include "backprop/losses.hpp"
#include "backprop/operation.hpp"
#include "base/philox.hpp"
#include "run/reference.hpp"

namespace backprop {
namespace {

// What the loss is made of, cut off at the outputs: these become an input, as the targets are.
struct Tail {
  Graph graph;
  Value loss;
  std::vector<std::string> strangers;  // what it depends on besides
};

void copy_tail(Value loss, Value outputs, Value targets, Tail& tail) {
  const Graph& from = *loss.graph;
  std::vector<bool> needed(static_cast<std::size_t>(from.size()));
  needed[static_cast<std::size_t>(loss.index)] = true;
  for (auto e = from.equations().rbegin(); e != from.equations().rend(); ++e) {
    bool used = false;
    for (const Index i : e->outputs) used |= needed[static_cast<std::size_t>(i)] && i != outputs.index;
    if (!used) continue;
    for (const Index i : e->inputs) needed[static_cast<std::size_t>(i)] = true;
  }
  std::map<Index, Value> copies = {{outputs.index, tail.graph.input(outputs.shape(), outputs.dtype(), "outputs")}};
  if (targets.valid()) copies[targets.index] = tail.graph.input(targets.shape(), targets.dtype(), "targets");
  for (const Equation& e : from.equations()) {
    const Index first = e.outputs[0];
    if (!needed[static_cast<std::size_t>(first)] || copies.count(first)) continue;
    if (e.operation->name == "input") {
      const Type& type = from.info(first).type;
      tail.strangers.push_back("the input '" + from.input_name(first) + "'");
      copies[first] = tail.graph.input(type.shape, type.dtype, from.input_name(first));
    } else if (e.operation->name == "state") {
      const StateSpec spec = Graph::state_spec(e);
      tail.strangers.push_back("the " + std::string(to_string(spec.role)) + " '" + spec.name + "'");
      copies[first] = tail.graph.state(spec);
    } else {
      if (e.operation->name.starts_with("random_")) tail.strangers.push_back("random numbers");
      std::vector<Value> inputs;
      for (const Index i : e.inputs) inputs.push_back(copies.at(i));
      const std::vector<Value> results = tail.graph.apply_all(*e.operation, inputs, e.attributes);
      for (std::size_t k = 0; k < results.size(); ++k) copies[e.outputs[k]] = results[k];
    }
  }
  tail.loss = copies.at(loss.index);
}

// `examples` examples, from number `first` on. Floating numbers in (0.05, 0.95) suit outputs, probabilities and
// targets of most losses alike; integers are below `classes`.
std::vector<Tensor> random_inputs(const Graph& graph, const std::string& batch, std::int64_t classes,
                                  std::int64_t first, std::int64_t examples) {
  std::vector<Tensor> inputs;
  for (const Index i : graph.inputs()) {
    const Type& type = graph.info(i).type;
    bool of_examples = false;
    Extents extents;
    for (const Dim& d : type.shape) {
      extents.push_back(d.factor());
      for (const std::string& name : d.names()) {
        of_examples |= name == batch;
        extents.back() *= name == batch ? examples : 3;
      }
    }
    Tensor values(float64, extents);
    const RandomStream random(1, 0, stream_of(graph.input_name(i)));
    auto k = static_cast<std::uint64_t>(of_examples ? values.size() / examples * first : 0);
    for (double& v : values.as<double>()) {
      const double u = random.uniform(k++);
      v = is_floating(type.dtype) ? 0.05 + 0.9 * u : std::floor(u * static_cast<double>(classes));
    }
    inputs.push_back(convert(values, type.dtype));
  }
  return inputs;
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t k = 0; k < words.size(); ++k)
    text += (k == 0 ? "" : k + 1 == words.size() ? " and " : ", ") + words[k];
  return text;
}

}  // namespace

LossConditions check_loss(Value loss, Value outputs, Value targets) {
  if (loss.shape().rank() != 0) {
    throw UsageError("[check_loss] the loss must be a scalar, got " + to_string(loss.type()));
  }
  if (outputs.shape().rank() == 0 || outputs.shape()[0].names().size() != 1 || outputs.shape()[0].factor() != 1) {
    throw UsageError("[check_loss] the outputs' first axis must be a named number of examples, got " +
                     to_string(outputs.type()));
  }
  Tail tail;
  copy_tail(loss, outputs, targets, tail);
  LossConditions result;
  if (!tail.strangers.empty()) {
    result.function_of_outputs = false;
    result.explanation = "The loss is not a function of the network's outputs only: it depends on " +
                         listed(tail.strangers) + ", past the outputs.";
  }
  const std::string& batch = outputs.shape()[0].names()[0];
  const Dim& last = outputs.shape()[outputs.shape().rank() - 1];
  const std::int64_t classes = last.is_number() ? std::max<std::int64_t>(last.number(), 2) : 2;
  const auto evaluate = [&](std::int64_t first, std::int64_t examples) {
    const std::vector<Tensor> tensors = random_inputs(tail.graph, batch, classes, first, examples);
    const std::vector<TensorView> views(tensors.begin(), tensors.end());
    StateStore store(1);
    return to_doubles(evaluate_reference(tail.graph, std::vector<Value>{tail.loss}, views, store)[0])[0];
  };
  const double a = evaluate(0, 2), b = evaluate(2, 3), both = evaluate(0, 5), mean = (2 * a + 3 * b) / 5;
  const double tolerance = (loss.dtype() == float64 ? 1e-10 : 1e-4) * std::max({1.0, std::fabs(a), std::fabs(b)});
  if (!(std::fabs(both - mean) <= tolerance)) {
    result.average_over_examples = false;
    if (!result.explanation.empty()) result.explanation += " ";
    result.explanation += "The loss is not an average over the examples: it is " + std::to_string(a) +
                          " for 2 of them and " + std::to_string(b) + " for 3 others, but " + std::to_string(both) +
                          " for the 5 together instead of " + std::to_string(mean);
    result.explanation += std::fabs(both - a - b) <= tolerance ? ": it is their sum; divide by their number." : ".";
  }
  return result;
}

}  // namespace backprop
