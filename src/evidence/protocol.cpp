#include "evidence/protocol.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "backprop/gradient.hpp"
#include "backprop/operations.hpp"
#include "evidence/random.hpp"
#include "evidence/report.hpp"
#include "evidence/richardson.hpp"
#include "run/reference.hpp"

namespace backprop::evidence {
namespace {

constexpr double dual_tolerance = 1e-12, difference_tolerance = 1e-9, adjoint_tolerance = 1e-13,
                 second_tolerance = 1e-10, value_tolerance = 1e-13, float32_tolerance = 1e-5;

std::vector<TensorView> views_of(std::span<const Tensor> tensors) { return {tensors.begin(), tensors.end()}; }

// The subject's graph with its derivatives appended: cotangents and tangents are further inputs.
class Derivatives {
 public:
  explicit Derivatives(const Subject& subject) : subject_(subject) {
    for (const Value& output : subject.outputs) {
      if (output.dtype() == DType::float64) outputs_.push_back(output);
    }
    Graph& graph = *subject.graph;
    inputs_ = subject.inputs;
    values_of_outputs_ = evaluate(subject.outputs);  // before the graph has further inputs
    for (const Value& output : outputs_) cotangents_.push_back(graph.input(output.shape(), output.dtype()));
    for (const Value& argument : subject.arguments)
      tangents_.push_back(graph.input(argument.shape(), argument.dtype()));
    backward_ = vjp(outputs_, cotangents_, subject.arguments);
    forward_ = jvp(outputs_, subject.arguments, tangents_);
    second_ = jvp(backward_, subject.arguments, tangents_);
    reverse_twice_ = vjp(backward_, tangents_, subject.arguments);
    forward_twice_ = jvp(forward_, subject.arguments, tangents_);
    for (const Tensor& value : values_of_outputs_) {
      if (value.dtype() == DType::float64) inputs_.emplace_back(DType::float64, value.extents());
    }
    for (const Value& argument : subject.arguments) {
      const Extents extents = inputs_[input_number(argument)].extents();
      inputs_.emplace_back(DType::float64, extents);
    }
  }

  const std::vector<Value>& outputs() const { return outputs_; }
  // Of all outputs of the subject, whatever their type.
  const std::vector<Tensor>& output_values() const { return values_of_outputs_; }
  Tensor& cotangent(std::size_t k) { return inputs_[subject_.inputs.size() + k]; }
  Tensor& tangent(std::size_t k) { return inputs_[subject_.inputs.size() + outputs_.size() + k]; }
  Tensor& argument(std::size_t k) { return inputs_[input_number(subject_.arguments[k])]; }

  std::vector<Tensor> backward() { return evaluate(backward_); }
  std::vector<Tensor> forward() { return evaluate(forward_); }
  std::vector<Tensor> second() { return evaluate(second_); }
  std::vector<Tensor> reverse_twice() { return evaluate(reverse_twice_); }
  std::vector<Tensor> forward_twice() { return evaluate(forward_twice_); }
  std::vector<Tensor> values() { return evaluate(outputs_); }
  // Dual numbers along the tangents, of the outputs or of the cotangents' graph.
  std::vector<DualTensor> dual_outputs() { return dual(outputs_); }
  std::vector<DualTensor> dual_backward() { return dual(backward_); }
  std::vector<DualTensor> dual_all() { return dual(subject_.outputs); }

 private:
  std::size_t input_number(Value argument) const {
    const auto& all = subject_.graph->inputs();
    return static_cast<std::size_t>(std::find(all.begin(), all.end(), argument.index) - all.begin());
  }
  std::vector<Tensor> evaluate(const std::vector<Value>& values) {
    return evaluate_reference(*subject_.graph, values, views_of(inputs_), store_);
  }
  std::vector<DualTensor> dual(const std::vector<Value>& values) {
    std::vector<Tensor> directions(inputs_.size(), Tensor(DType::float64, {0}));
    for (std::size_t k = 0; k < subject_.arguments.size(); ++k) {
      directions[input_number(subject_.arguments[k])] = tangent(k);
    }
    return evaluate_dual(*subject_.graph, values, views_of(inputs_), directions, store_);
  }

  const Subject& subject_;
  StateStore store_{7};
  std::vector<Value> outputs_, cotangents_, tangents_, backward_, forward_, second_, reverse_twice_, forward_twice_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> values_of_outputs_;
};

// One number of a derivative, for messages.
std::string entry(const Subject& subject, std::size_t output, std::size_t i, std::size_t argument, std::size_t j) {
  return subject.name + ": d output " + std::to_string(output) + "[" + std::to_string(i) + "] / d argument " +
         std::to_string(argument) + "[" + std::to_string(j) + "]";
}

// Compares two numbers by a method and notes a failure in words.
void compare(GradientReport& report, std::string_view name, double tolerance, double got, double expected,
             const std::function<std::string()>& where, const char* got_by, const char* expected_by) {
  MethodResult& row = method(report, name, tolerance);
  const double error = scaled_error(got, expected);
  row.worst = std::max(row.worst, error);
  ++row.compared;
  if (error <= tolerance) return;
  report.failures.push_back(where() + " is " + long_number(got) + " by " + got_by + ", " + long_number(expected) +
                            " by " + expected_by + " (scaled error " + short_number(error) + ", tolerance " +
                            short_number(tolerance) + ")");
}

// Jacobians [output][argument] as rows x columns.
using Jacobian = std::vector<std::vector<std::vector<double>>>;

Jacobian reverse_jacobian(Derivatives& d, std::size_t arguments) {
  Jacobian all(d.outputs().size(), std::vector<std::vector<double>>(arguments));
  for (std::size_t o = 0; o < d.outputs().size(); ++o) {
    for (double& seed : d.cotangent(o).as<double>()) {
      seed = 1;
      const std::vector<Tensor> rows = d.backward();
      seed = 0;
      for (std::size_t a = 0; a < arguments; ++a) {
        const auto row = rows[a].as<double>();
        all[o][a].insert(all[o][a].end(), row.begin(), row.end());
      }
    }
  }
  return all;
}

// Runs through the arguments' elements and compares a column of the Jacobian with the reverse mode's.
void check_jacobian(const Subject& subject, Derivatives& d, GradientReport& report) {
  const Jacobian reverse = reverse_jacobian(d, subject.arguments.size());
  for (std::size_t a = 0; a < subject.arguments.size(); ++a) {
    const auto columns = static_cast<std::size_t>(d.argument(a).size());
    for (std::size_t j = 0; j < columns; ++j) {
      const auto column = [&](std::size_t o, std::size_t i) { return reverse[o][a][i * columns + j]; };
      d.tangent(a).as<double>()[j] = 1;
      const std::vector<DualTensor> dual = d.dual_outputs();
      const std::vector<Tensor> forward = d.forward();
      d.tangent(a).as<double>()[j] = 0;
      std::vector<std::vector<double>> differences;
      if (subject.differences) {
        double& x = d.argument(a).as<double>()[j];
        const double at = x;
        differences = richardson([&](double h) {
          x = at + h;
          return d.values();
        });
        x = at;
      }
      for (std::size_t o = 0; o < dual.size(); ++o) {
        const auto by_dual = dual[o].tangent.as<double>();
        for (std::size_t i = 0; i < by_dual.size(); ++i) {
          const auto where = [&] { return entry(subject, o, i, a, j); };
          compare(report, "reverse mode against dual numbers", dual_tolerance, column(o, i), by_dual[i], where,
                  "reverse mode", "dual numbers");
          compare(report, "forward mode against dual numbers", dual_tolerance, forward[o].as<double>()[i], by_dual[i],
                  where, "forward mode", "dual numbers");
          if (!subject.differences) continue;
          compare(report, "reverse mode against differences", difference_tolerance, column(o, i), differences[o][i],
                  where, "reverse mode", "differences");
        }
      }
    }
  }
}

void randomise(Tensor& tensor, Random& random) {
  for (double& x : tensor.as<double>()) x = random.uniform(-1, 1);
}

// sum a b and sum |a b|
std::pair<double, double> dot(std::span<const Tensor> a, const std::function<Tensor&(std::size_t)>& b) {
  double sum = 0, size = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const auto x = a[k].as<double>();
    const auto y = b(k).as<double>();
    for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i], size += std::fabs(x[i] * y[i]);
  }
  return {sum, size};
}

// Calls f for every element of the tensors.
void for_each_number(std::span<const Tensor> tensors, const std::function<void(std::size_t, std::size_t, double)>& f) {
  for (std::size_t k = 0; k < tensors.size(); ++k) {
    const auto numbers = tensors[k].as<double>();
    for (std::size_t i = 0; i < numbers.size(); ++i) f(k, i, numbers[i]);
  }
}

// Differences of what `values` gives along the tangents.
std::vector<std::vector<double>> along_tangents(Derivatives& d, std::size_t arguments,
                                                const std::function<std::vector<Tensor>()>& values) {
  std::vector<Tensor> at;
  for (std::size_t a = 0; a < arguments; ++a) at.push_back(d.argument(a));
  const auto result = richardson([&](double h) {
    for_each_number(at, [&](std::size_t a, std::size_t j, double x) {
      d.argument(a).as<double>()[j] = x + h * d.tangent(a).as<double>()[j];
    });
    return values();
  });
  for (std::size_t a = 0; a < at.size(); ++a) d.argument(a) = at[a];
  return result;
}

// The second derivatives along the tangents, weighed by the cotangents. Dual numbers go through the gradient's graph,
// so that a rule that hides its inputs from the second derivative would hide them from both: differences of the
// gradient see it.
void check_second(const Subject& subject, Derivatives& d, GradientReport& report) {
  const std::vector<Tensor> second = d.second(), reverse_twice = d.reverse_twice();
  const std::vector<DualTensor> dual = d.dual_backward();
  std::vector<std::vector<double>> differences;
  if (subject.differences) differences = along_tangents(d, second.size(), [&] { return d.backward(); });
  for_each_number(second, [&](std::size_t a, std::size_t j, double number) {
    const auto where = [&] {
      return subject.name + ": second derivative, argument " + std::to_string(a) + "[" + std::to_string(j) + "],";
    };
    compare(report, "forward over reverse against dual numbers", second_tolerance, number,
            dual[a].tangent.as<double>()[j], where, "forward over reverse", "dual numbers through the gradient");
    compare(report, "reverse over reverse against forward over reverse", second_tolerance,
            reverse_twice[a].as<double>()[j], number, where, "reverse over reverse", "forward over reverse");
    if (!subject.differences) return;
    compare(report, "forward over reverse against differences", difference_tolerance, number, differences[a][j], where,
            "forward over reverse", "differences of the gradient");
  });
  if (!subject.differences) return;
  differences = along_tangents(d, subject.arguments.size(), [&] { return d.forward(); });
  for_each_number(d.forward_twice(), [&](std::size_t o, std::size_t i, double number) {
    const auto where = [&] {
      return subject.name + ": second derivative of output " + std::to_string(o) + "[" + std::to_string(i) + "]";
    };
    compare(report, "forward over forward against differences", difference_tolerance, number, differences[o][i], where,
            "forward over forward", "differences of the tangent");
  });
}

// <J v, w> = <v, J' w>, and the second derivatives.
void check_directions(const Subject& subject, Derivatives& d, GradientReport& report) {
  Random random(11);
  for (std::size_t o = 0; o < d.outputs().size(); ++o) randomise(d.cotangent(o), random);
  for (std::size_t a = 0; a < subject.arguments.size(); ++a) randomise(d.tangent(a), random);
  const auto [left, left_size] = dot(d.forward(), [&](std::size_t k) -> Tensor& { return d.cotangent(k); });
  const auto [right, right_size] = dot(d.backward(), [&](std::size_t k) -> Tensor& { return d.tangent(k); });
  const double size = std::max({1.0, left_size, right_size});
  compare(
      report, "adjoint identity", adjoint_tolerance, left / size, right / size,
      [&] { return subject.name + ": <J v, w> over the sum of its terms"; }, "forward mode", "reverse mode");
  if (!subject.has_second) return;
  check_second(subject, d, report);
}

// Dual numbers carry the plain evaluation's values, NaN and infinity included; a second run gives the same bits.
void check_values(const Subject& subject, Derivatives& d, GradientReport& report) {
  const std::vector<DualTensor> dual = d.dual_all();
  for (std::size_t o = 0; o < dual.size(); ++o) {
    MethodResult& row = method(report, "values of dual numbers and of a second run, to the bit", 0);
    row.compared += dual[o].value.size();
    if (!same_bits(dual[o].value, d.output_values()[o])) {
      row.worst = INFINITY;
      report.failures.push_back(subject.name + ": output " + std::to_string(o) +
                                " differs between float64 and dual numbers");
    }
  }
  const std::vector<Tensor> first = d.backward(), again = d.backward();
  for (std::size_t a = 0; a < first.size(); ++a) {
    if (same_bits(first[a], again[a])) continue;
    method(report, "values of dual numbers and of a second run, to the bit", 0).worst = INFINITY;
    report.failures.push_back(subject.name + ": two runs give different bits for argument " + std::to_string(a));
  }
}

}  // namespace

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.extents() == b.extents() &&
         (a.bytes() == 0 || std::memcmp(a.data(), b.data(), a.bytes()) == 0);
}

GradientReport check_subject(const Subject& subject) {
  GradientReport report;
  try {
    Derivatives d(subject);
    check_values(subject, d, report);
    check_jacobian(subject, d, report);
    check_directions(subject, d, report);
  } catch (const Error& error) {
    report.failures.push_back(subject.name + ": " + error.what());
  }
  return report;
}

GradientReport check_value(const OperationCase& one, const Subject& subject) {
  GradientReport report;
  if (!one.formula) return report;
  std::vector<Array> arrays;
  for (std::size_t i = 0; i < one.arguments.size(); ++i) {
    arrays.push_back({subject.inputs[i].extents(), to_doubles(subject.inputs[i])});
  }
  const std::vector<double> expected = one.formula(arrays);
  const auto check = [&](const Subject& s, std::string_view name, double tolerance) {
    StateStore store(7);
    std::vector<double> got;
    for (const Tensor& output : evaluate_reference(*s.graph, s.outputs, views_of(s.inputs), store)) {
      const std::vector<double> numbers = to_doubles(output);
      got.insert(got.end(), numbers.begin(), numbers.end());
    }
    if (got.size() != expected.size()) {
      report.failures.push_back(subject.name + ": gives " + std::to_string(got.size()) + " numbers, its formula " +
                                std::to_string(expected.size()));
      return;
    }
    for (std::size_t i = 0; i < got.size(); ++i) {
      compare(
          report, name, tolerance, got[i], expected[i],
          [&] { return subject.name + ": output number " + std::to_string(i); }, "the operation", "its formula");
    }
  };
  check(subject, "values against independent formulas", value_tolerance);
  check(in_single_precision(subject), "values in float32 against the formulas", float32_tolerance);
  return report;
}

}  // namespace backprop::evidence
