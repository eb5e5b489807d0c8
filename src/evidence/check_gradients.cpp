// check_gradients: a loss against dual numbers and differences; what differs is traced to the operation whose rule is
// wrong by checking every operation on the way alone, at the numbers that it saw.
#include "backprop/check_gradients.hpp"

#include <algorithm>
#include <set>

#include "backprop/gradient.hpp"
#include "evidence/protocol.hpp"
#include "evidence/random.hpp"
#include "evidence/report.hpp"
#include "evidence/rewrite.hpp"
#include "evidence/richardson.hpp"
#include "graph/leaves.hpp"
#include "run/reference.hpp"

namespace backprop {
namespace {

using namespace evidence;

constexpr double dual_tolerance = 1e-12, difference_tolerance = 1e-9, second_tolerance = 1e-10;

// The loss, its point, and the arguments as arrays that can be moved and given a direction.
class Point {
 public:
  Point(Value loss, std::span<const Value> arguments, std::span<const TensorView> inputs, const StateStore& store)
      : graph_(*loss.graph), store_(store) {
    for (const TensorView& view : inputs) {
      inputs_.push_back(convert(view, view.dtype));
      directions_.emplace_back(DType::float64, Extents{0});
    }
    for (const Value& argument : arguments) {
      const Equation& equation = graph_.equation_of(argument.index);
      if (equation.operation != &input_operation && equation.operation != &state_operation) {
        throw Error("[check_gradients] an argument must be an input or a state, got the result of '" +
                    std::string(equation.operation->name) + "'");
      }
      if (argument.dtype() != DType::float64 || loss.dtype() != DType::float64) {
        throw Error("[check_gradients] needs a graph in float64, got " + to_string(loss.type()) + " by " +
                    to_string(argument.type()));
      }
      names_.push_back(equation.attributes.text("name"));
      const bool is_input = equation.operation == &input_operation;
      const auto& all = graph_.inputs();
      places_.push_back(is_input ? std::find(all.begin(), all.end(), argument.index) - all.begin() : -1);
      if (!is_input) store_.require(Graph::state_spec(equation));
    }
  }

  const std::string& name(std::size_t k) const { return names_[k]; }
  std::size_t arguments() const { return names_.size(); }
  Tensor& number(std::size_t k) {
    return places_[k] >= 0 ? inputs_[static_cast<std::size_t>(places_[k])] : store_[names_[k]];
  }
  // An element of the direction of dual numbers.
  double& direction(std::size_t k, std::size_t j) {
    Tensor& tensor = places_[k] >= 0 ? directions_[static_cast<std::size_t>(places_[k])] : state_directions_[names_[k]];
    if (tensor.size() != number(k).size()) tensor = Tensor(DType::float64, number(k).extents());
    return tensor.as<double>()[j];
  }
  // The direction as a further input of the graph.
  Value direction_input(Value argument, std::size_t k) {
    const Tensor& direction =
        places_[k] >= 0 ? directions_[static_cast<std::size_t>(places_[k])] : state_directions_[names_[k]];
    inputs_.push_back(direction.size() == number(k).size() ? direction : Tensor(DType::float64, number(k).extents()));
    directions_.emplace_back(DType::float64, Extents{0});
    return graph_.input(argument.shape(), DType::float64);
  }
  std::vector<Tensor> values(std::span<const Value> wanted) {
    return evaluate_reference(graph_, wanted, views(), store_);
  }
  std::vector<DualTensor> dual(std::span<const Value> wanted) {
    return evaluate_dual(graph_, wanted, views(), directions_, store_, state_directions_);
  }

 private:
  std::vector<TensorView> views() { return {inputs_.begin(), inputs_.end()}; }

  Graph& graph_;
  StateStore store_;
  std::vector<Tensor> inputs_, directions_;
  std::map<std::string, Tensor> state_directions_;
  std::vector<std::string> names_;
  std::vector<std::ptrdiff_t> places_;  // number of the input, -1 for a state
};

// Equations through which the loss depends on the argument, in order.
std::vector<Index> way(const Graph& graph, Index argument, Index loss) {
  std::set<Index> reached = {argument}, needed = {loss};
  for (const Equation& equation : graph.equations()) {
    for (const Index input : equation.inputs) {
      if (reached.contains(input)) reached.insert(equation.outputs.begin(), equation.outputs.end());
    }
  }
  std::vector<Index> result;
  for (Index n = graph.info(loss).equation; n >= 0; --n) {
    const Equation& equation = graph.equations()[static_cast<std::size_t>(n)];
    const auto in = [](const std::set<Index>& set) { return [&set](Index i) { return set.contains(i); }; };
    if (!std::any_of(equation.outputs.begin(), equation.outputs.end(), in(needed))) continue;
    needed.insert(equation.inputs.begin(), equation.inputs.end());
    if (!equation.inputs.empty() && std::any_of(equation.inputs.begin(), equation.inputs.end(), in(reached))) {
      result.insert(result.begin(), n);
    }
  }
  return result;
}

std::string way_text(const Graph& graph, const std::string& argument, const std::vector<Index>& equations) {
  std::string text = "'" + argument + "'";
  const std::size_t shown = 12;
  for (std::size_t i = 0; i < equations.size(); ++i) {
    if (equations.size() > shown && i == shown / 2) text += " -> ...";
    if (equations.size() > shown && i >= shown / 2 && i < equations.size() - shown / 2) continue;
    text += " -> " + std::string(graph.equations()[static_cast<std::size_t>(equations[i])].operation->name);
  }
  return text;
}

// One equation alone as a subject, its arguments' numbers as its inputs.
Subject alone(const Graph& graph, Index number, std::span<const Tensor> arguments) {
  const Equation& equation = graph.equations()[static_cast<std::size_t>(number)];
  Subject subject;
  subject.graph = std::make_unique<Graph>();
  subject.name = "[" + std::string(equation.operation->name) + "] (%" + std::to_string(equation.outputs[0]) +
                 (equation.layer.empty() ? ")" : ") in layer '" + equation.layer + "'");
  std::vector<Value> inputs;
  for (const Tensor& argument : arguments) {
    inputs.push_back(subject.graph->input(Shape(argument.extents()), argument.dtype()));
    if (argument.dtype() == DType::float64) subject.arguments.push_back(inputs.back());
    subject.inputs.push_back(argument);
  }
  subject.differences = false;  // kinks may be near: dual numbers know the side
  subject.outputs = subject.graph->apply_all(*equation.operation, inputs, equation.attributes);
  return subject;
}

// What operations on the way are wrong by themselves, in words.
std::string suspects(Graph& graph, Point& point, const std::vector<Index>& equations) {
  std::string text;
  for (const Index number : equations) {
    const Equation& equation = graph.equations()[static_cast<std::size_t>(number)];
    std::vector<Value> wanted;
    for (const Index input : equation.inputs) wanted.push_back(graph.value(input));
    std::string finding;
    try {
      const GradientReport report = check_subject(alone(graph, number, point.values(wanted)));
      if (!report.passed()) finding = report.failures[0];
    } catch (const Error&) {
      continue;  // an attribute with named sizes cannot be bound alone
    }
    if (!finding.empty()) text += "; the operation is wrong by itself: " + finding;
  }
  return text;
}

// One argument's derivative by one number after the other, as the report tells it.
class Comparison {
 public:
  Comparison(GradientReport& report, Graph& graph, Point& point, Value loss, std::span<const Value> arguments)
      : report_(report), graph_(graph), point_(point), loss_(loss), arguments_(arguments) {}

  // A difference is told once for each argument and method: for its other elements it is the same story.
  void note(std::size_t k, std::size_t j, const char* name, double tolerance, double got, double expected) {
    MethodResult& row = method(report_, name, tolerance);
    const double error = scaled_error(got, expected);
    row.worst = std::max(row.worst, error);
    ++row.compared;
    if (error <= tolerance || !told_.insert({k, name}).second) return;
    const std::vector<Index> equations = way(graph_, arguments_[k].index, loss_.index);
    report_.failures.push_back(std::string(name) + ": argument '" + point_.name(k) + "', element " + std::to_string(j) +
                               ": " + long_number(got) + " against " + long_number(expected) + " (scaled error " +
                               short_number(error) + ", tolerance " + short_number(tolerance) + "), on the way " +
                               way_text(graph_, point_.name(k), equations) + suspects(graph_, point_, equations));
  }

 private:
  GradientReport& report_;
  Graph& graph_;
  Point& point_;
  Value loss_;
  std::span<const Value> arguments_;
  std::set<std::pair<std::size_t, std::string>> told_;
};

}  // namespace

GradientReport check_gradients(Value loss, std::span<const Value> arguments, std::span<const TensorView> inputs,
                               const StateStore& store) {
  GradientReport report;
  // A copy, so that the caller's graph does not grow.
  const std::unique_ptr<Graph> graph = copy_of(*loss.graph);
  const auto mine = [&](Value v) { return graph->value(v.index); };
  const std::vector<Value> losses = {mine(loss)};
  std::vector<Value> own_arguments;
  for (const Value& argument : arguments) own_arguments.push_back(mine(argument));
  Point point(losses[0], own_arguments, inputs, store);
  Comparison comparison(report, *graph, point, losses[0], own_arguments);

  const std::vector<Value> gradients = gradient(losses[0], own_arguments);
  const std::vector<Tensor> reverse = point.values(gradients);
  for (std::size_t k = 0; k < arguments.size(); ++k) {
    for (std::size_t j = 0; j < static_cast<std::size_t>(point.number(k).size()); ++j) {
      point.direction(k, j) = 1;
      const double by_dual = point.dual(losses)[0].tangent.as<double>()[0];
      point.direction(k, j) = 0;
      double& x = point.number(k).as<double>()[j];
      const double at = x;
      const auto loss_at = [&](double h) {
        x = at + h;
        return point.values(losses);
      };
      const double by_differences = richardson(loss_at)[0][0];
      x = at;
      const double got = reverse[k].as<double>()[j];
      comparison.note(k, j, "reverse mode against dual numbers", dual_tolerance, got, by_dual);
      comparison.note(k, j, "reverse mode against differences", difference_tolerance, got, by_differences);
    }
  }

  Random random(5);
  std::vector<Value> vectors;
  for (std::size_t k = 0; k < arguments.size(); ++k) {
    for (std::size_t j = 0; j < static_cast<std::size_t>(point.number(k).size()); ++j) {
      point.direction(k, j) = random.uniform(-1, 1);
    }
    vectors.push_back(point.direction_input(own_arguments[k], k));
  }
  const std::vector<Tensor> second = point.values(jvp(gradients, own_arguments, vectors));
  const std::vector<DualTensor> by_dual = point.dual(gradients);
  // Dual numbers share the gradient's graph; differences of the gradient see what a rule hides from both.
  std::vector<Tensor> at;
  for (std::size_t k = 0; k < arguments.size(); ++k) at.push_back(point.number(k));
  const auto gradients_at = [&](double h) {
    for (std::size_t k = 0; k < at.size(); ++k) {
      const auto x = point.number(k).as<double>();
      for (std::size_t j = 0; j < x.size(); ++j) x[j] = at[k].as<double>()[j] + h * point.direction(k, j);
    }
    return point.values(gradients);
  };
  const std::vector<std::vector<double>> by_differences = richardson(gradients_at);
  for (std::size_t k = 0; k < at.size(); ++k) point.number(k) = at[k];
  for (std::size_t k = 0; k < arguments.size(); ++k) {
    for (std::size_t j = 0; j < by_differences[k].size(); ++j) {
      const double got = second[k].as<double>()[j];
      comparison.note(k, j, "second derivatives against dual numbers", second_tolerance, got,
                      by_dual[k].tangent.as<double>()[j]);
      comparison.note(k, j, "second derivatives against differences", difference_tolerance, got, by_differences[k][j]);
    }
  }
  return report;
}

}  // namespace backprop
