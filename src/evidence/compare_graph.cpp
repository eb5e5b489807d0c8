#include "evidence/compare_graph.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "backprop/compile.hpp"
#include "backprop/gradient.hpp"
#include "backprop/operations.hpp"
#include "evidence/protocol.hpp"
#include "evidence/report.hpp"
#include "evidence/rewrite.hpp"
#include "graph/leaves.hpp"
#include "ops/ops.hpp"
#include "run/interpreter.hpp"
#include "run/reference.hpp"

namespace backprop::evidence {
namespace {

constexpr double derivative_tolerance = 1e-13, interpreter_tolerance = 1e-12;
// Of a place of float64 in float32, and how many times the error of float32 may understate what rounding can do.
constexpr double place = 0x1p-29, allowance = 1000;
constexpr std::uint64_t store_seed = 3;

std::vector<TensorView> views(std::span<const Tensor> tensors) { return {tensors.begin(), tensors.end()}; }

class Comparison {
 public:
  Comparison(const RandomGraph& subject, const std::string& name) : subject_(subject), name_(name) {}

  GraphFinding run() {
    try {
      graph_ = copy_of(*subject_.graph);
      graph_->verify();
      for (const Value& v : subject_.arguments) arguments_.push_back(graph_->value(v.index));
      for (const Value& v : subject_.outputs) outputs_.push_back(graph_->value(v.index));
      differentiated();
      text();
      derivatives();
      float32_bound();
      planned_float32();
      planned(*graph_, outputs_, subject_.inputs, "planned against interpreted in float64, to the bit");
    } catch (const std::exception& error) {
      fail(error.what());
    }
    return std::move(finding_);
  }

 private:
  void fail(const std::string& what) { finding_.report.failures.push_back(name_ + ": " + what); }

  void note(const char* by, double tolerance, double error, const std::function<std::string()>& what) {
    MethodResult& row = method(finding_.report, by, tolerance);
    row.worst = std::isnan(error) ? INFINITY : std::max(row.worst, error);
    ++row.compared;
    if (!(error <= tolerance)) fail(std::string(by) + ": " + what());
  }

  // Operations between an argument and the loss, along floating values.
  void differentiated() {
    std::vector<char> active(static_cast<std::size_t>(graph_->size()), 0), needed = active;
    const auto floating = [&](Index i) { return is_floating(graph_->info(i).type.dtype); };
    for (const Value& v : arguments_) active[static_cast<std::size_t>(v.index)] = 1;
    for (const Equation& e : graph_->equations()) {
      const bool any =
          std::any_of(e.inputs.begin(), e.inputs.end(), [&](Index i) { return active[static_cast<std::size_t>(i)]; });
      for (const Index o : e.outputs) active[static_cast<std::size_t>(o)] |= static_cast<char>(any && floating(o));
    }
    needed[static_cast<std::size_t>(outputs_[0].index)] = 1;
    std::set<std::string> names;
    for (std::size_t n = graph_->equations().size(); n-- > 0;) {
      const Equation& e = graph_->equations()[n];
      const auto in = [](const std::vector<char>& set) {
        return [&set](Index i) { return set[static_cast<std::size_t>(i)] != 0; };
      };
      if (!std::any_of(e.outputs.begin(), e.outputs.end(), in(needed))) continue;
      for (const Index i : e.inputs) needed[static_cast<std::size_t>(i)] = 1;
      if (std::any_of(e.inputs.begin(), e.inputs.end(), in(active)) &&
          std::any_of(e.outputs.begin(), e.outputs.end(), in(active))) {
        names.insert(std::string(e.operation->name));
      }
    }
    finding_.differentiated.assign(names.begin(), names.end());
  }

  void text() {
    const std::string first = graph_->to_text();
    Graph parsed = Graph::parse(first, catalogue());
    bool same = parsed.to_text() == first;
    note("text parsed and printed again", 0, same ? 0 : 1, [&] { return "the text differs"; });
    std::vector<Value> outputs;
    for (const Value& v : outputs_) outputs.push_back(parsed.value(v.index));
    StateStore a(store_seed), b(store_seed);
    const std::vector<Tensor> mine = evaluate_reference(*graph_, outputs_, views(subject_.inputs), a);
    const std::vector<Tensor> theirs = evaluate_reference(parsed, outputs, views(subject_.inputs), b);
    for (std::size_t k = 0; k < mine.size(); ++k) same = same && same_bits(mine[k], theirs[k]);
    note("values of the parsed text, to the bit", 0, same ? 0 : 1, [] { return "the values differ"; });
  }

  // Along a random direction: <gradient, v> and jvp against dual numbers.
  void derivatives() {
    gradients_ = gradient(outputs_[0], arguments_);
    StateStore store(store_seed);
    const std::vector<Tensor> reverse = evaluate_reference(*graph_, gradients_, views(subject_.inputs), store);
    Random random(17);
    std::vector<Tensor> directions(subject_.inputs.size(), Tensor(DType::float64, {0}));
    std::map<std::string, Tensor> state_directions;
    double product = 0, size = 1;
    for (std::size_t k = 0; k < arguments_.size(); ++k) {
      Tensor direction(DType::float64, reverse[k].extents());
      for (std::size_t i = 0; i < static_cast<std::size_t>(direction.size()); ++i) {
        const double v = direction.as<double>()[i] = random.uniform(-1, 1);
        product += v * reverse[k].as<double>()[i];
        size += std::fabs(v * reverse[k].as<double>()[i]);
      }
      const Equation& leaf = graph_->equation_of(arguments_[k].index);
      if (leaf.operation == &state_operation) {
        state_directions[leaf.attributes.text("name")] = std::move(direction);
      } else {
        const auto& all = graph_->inputs();
        directions[static_cast<std::size_t>(std::find(all.begin(), all.end(), arguments_[k].index) - all.begin())] =
            std::move(direction);
      }
    }
    const std::vector<DualTensor> dual =
        evaluate_dual(*graph_, std::span(&outputs_[0], 1), views(subject_.inputs), directions, store, state_directions);
    const double expected = dual[0].tangent.as<double>()[0];
    note("reverse mode against dual numbers", derivative_tolerance, std::fabs(product - expected) / size, [&] {
      return "the derivative along a direction is " + long_number(product) + " by reverse mode, " +
             long_number(expected) + " by dual numbers (sum of terms " + short_number(size) + ")";
    });
  }

  // How far the loss in float32 may be from float64, to first order: sum over all numbers of |d loss / d number| times
  // the rounding error that its operation may make. Rounding passes through stop_gradient, so the identity stands there.
  void float32_bound() {
    Operation identity = ops::stop_gradient;
    identity.partial = [](const RuleContext& c, int) { return ops::constant_like(c.inputs[0], 1); };
    const auto graph = with_operation(*subject_.graph, ops::stop_gradient, identity);
    std::vector<Value> all, wanted;
    const std::size_t equations = graph->equations().size();
    for (std::size_t n = 0; n < equations; ++n) {
      for (const Index o : graph->equations()[n].outputs) {
        if (graph->info(o).type.dtype == DType::float64) all.push_back(graph->value(o));
      }
    }
    const Value one[] = {graph->constant(1, DType::float64)};
    const Value loss[] = {graph->value(outputs_[0].index)};
    wanted = vjp(loss, one, all);
    const std::size_t values = all.size();
    wanted.insert(wanted.end(), all.begin(), all.end());
    StateStore store(store_seed);
    const std::vector<Tensor> numbers = evaluate_reference(*graph, wanted, views(subject_.inputs), store);
    const auto largest = [](const Tensor& tensor) {
      double m = 0;
      for (const double x : tensor.as<double>()) m = std::max(m, std::fabs(x));
      return m;
    };
    std::map<Index, double> magnitude;
    std::map<Index, std::int64_t> elements;
    for (std::size_t k = 0; k < values; ++k) {
      magnitude[all[k].index] = largest(numbers[values + k]);
      elements[all[k].index] = numbers[values + k].size();
    }
    double bound = 1e-6;
    for (std::size_t k = 0; k < values; ++k) {
      const Equation& e = graph->equation_of(all[k].index);
      double in = 1, terms = 1;
      for (const Index i : e.inputs) {
        if (magnitude.count(i) == 0) continue;
        in = std::max(in, magnitude[i]);
        terms = std::max(terms, static_cast<double>(elements[i]));
      }
      const bool loop = e.operation->kind != OperationKind::elementwise && e.operation->kind != OperationKind::leaf;
      const double error = 0x1p-24 * 4 * (loop ? 1 + terms : 1) * (magnitude[all[k].index] + in * in);
      double adjoint = 0;
      for (const double x : numbers[k].as<double>()) adjoint += std::fabs(x);
      bound += adjoint * error;
    }
    bound_ = bound;
    StateStore again(store_seed);
    loss_ = evaluate_reference(*graph_, std::span(&outputs_[0], 1), views(subject_.inputs), again)[0].as<double>()[0];
  }

  void compare_float32(const Tensor& loss, const char* by) {
    const double got = to_doubles(loss)[0];
    note(by, 1, std::fabs(got - loss_) / bound_, [&] {
      return "the loss is " + long_number(got) + " in float32, " + long_number(loss_) + " in float64, bound " +
             short_number(bound_);
    });
  }

  // Outputs and gradients by the plan and by the interpreter, and these against the plain loops. In float64 the bound
  // grows with what rounding does to the number, as the plain loops in float32 show: differences of near numbers lose
  // places by any road.
  void planned(Graph& graph, const std::vector<Value>& outputs, std::span<const Tensor> inputs, const char* by) {
    std::vector<Value> wanted = outputs;
    std::vector<Value> arguments;
    for (const Value& v : arguments_) arguments.push_back(graph.value(v.index));
    const std::vector<Value> gradients = gradient(outputs[0], arguments);
    wanted.insert(wanted.end(), gradients.begin(), gradients.end());
    const auto mine = std::make_shared<StateStore>(store_seed);
    Compiled compiled = compile(wanted, {.store = mine});
    compiled.run(views(inputs));
    StateStore theirs(store_seed);
    const Program program = {.outputs = wanted};
    const std::vector<Tensor> interpreted = interpret(program, views(inputs), theirs);
    for (std::size_t k = 0; k < wanted.size(); ++k) {
      const Tensor result = convert(compiled.output(static_cast<int>(k)), interpreted[k].dtype());
      note(by, 0, same_bits(result, interpreted[k]) ? 0 : 1, [&] {
        const std::vector<double> a = to_doubles(result), b = to_doubles(interpreted[k]);
        std::size_t i = 0;
        while (i + 1 < a.size() && i + 1 < b.size() && a[i] == b[i]) ++i;
        return "output " + std::to_string(k) + "[" + std::to_string(i) + "] is " + long_number(a.empty() ? 0 : a[i]) +
               " planned, " + long_number(b.empty() ? 0 : b[i]) + " interpreted";
      });
    }
    StateStore plain(store_seed);
    const std::vector<Tensor> reference = evaluate_reference(graph, wanted, views(inputs), plain);
    if (outputs[0].dtype() == DType::float32) {
      compare_float32(interpreted[0], "interpreter in float32 against float64, over its error bound");
      compare_float32(reference[0], "plain loops in float32 against float64, over their error bound");
      for (const Tensor& tensor : reference) single_.push_back(to_doubles(tensor));
      return;
    }
    for (std::size_t k = 0; k < wanted.size(); ++k) {
      const auto a = interpreted[k].as<double>();
      const auto b = reference[k].as<double>();
      for (std::size_t i = 0; i < a.size(); ++i) {
        const double bound = interpreter_tolerance + allowance * place * scaled_error(single_[k][i], b[i]);
        note("interpreter against the plain loops in float64, over its error bound", 1,
             scaled_error(a[i], b[i]) / bound, [&] {
               return "output " + std::to_string(k) + "[" + std::to_string(i) + "] is " + long_number(a[i]) +
                      " interpreted, " + long_number(b[i]) + " by the plain loops";
             });
      }
    }
  }

  void planned_float32() {
    const auto single = in_float32(*subject_.graph);
    std::vector<Tensor> inputs;
    for (const Tensor& t : subject_.inputs) inputs.push_back(convert(t, DType::float32));
    std::vector<Value> outputs;
    for (const Value& v : outputs_) outputs.push_back(single->value(v.index));
    planned(*single, outputs, inputs, "planned against interpreted in float32, to the bit");
  }

  const RandomGraph& subject_;
  const std::string& name_;
  GraphFinding finding_;
  std::unique_ptr<Graph> graph_;
  std::vector<Value> arguments_, outputs_, gradients_;
  double loss_ = 0, bound_ = 0;              // in float64; of the loss in float32
  std::vector<std::vector<double>> single_;  // outputs and gradients by the plain loops in float32
};

}  // namespace

GraphFinding compare_graph(const RandomGraph& random_graph, const std::string& name) {
  return Comparison(random_graph, name).run();
}

}  // namespace backprop::evidence
