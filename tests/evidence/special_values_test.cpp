// Point 5 of the protocol: NaN, infinities, zeros and huge numbers. Every elementwise operation gives NaN and infinity
// in the same places in float64, float32, on dual numbers, interpreted and planned; so does its derivative, by reverse
// mode and dual numbers.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <set>

#include "backprop/compile.hpp"
#include "backprop/gradient.hpp"
#include "backprop/operations.hpp"
#include "evidence/operation_case.hpp"
#include "evidence/protocol.hpp"
#include "evidence/report.hpp"
#include "evidence/rewrite.hpp"
#include "run/reference.hpp"

namespace backprop::evidence {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// NaN, inf, -inf or a number.
std::string kind(double x) { return std::isnan(x) ? "NaN" : std::isinf(x) ? (x > 0 ? "inf" : "-inf") : "a number"; }

// Calls with one or two arguments, all pairs of the points.
struct Grid {
  Graph graph;
  std::vector<Value> arguments;
  std::vector<Tensor> inputs;
  Value y;
  std::string name;

  Grid(const OperationCase& one, const std::vector<double>& points) : name("[" + one.operation + "] ") {
    const auto n = static_cast<std::int64_t>(points.size());
    const bool two = one.arguments.size() == 2;
    std::vector<double> first, second;
    for (const double a : points) {
      for (std::int64_t k = 0; k < (two ? n : 1); ++k) {
        first.push_back(a);
        second.push_back(points[static_cast<std::size_t>(k)]);
      }
    }
    const auto m = static_cast<std::int64_t>(first.size());
    for (std::size_t i = 0; i < one.arguments.size(); ++i) {
      arguments.push_back(graph.input({m}, float64));
      inputs.push_back(Tensor::from<double>({m}, i == 0 ? first : second));
    }
    y = one.build(graph, arguments)[0];
  }
  std::vector<TensorView> views() const { return {inputs.begin(), inputs.end()}; }
  std::string at(std::size_t i) const {
    std::string text = name;
    for (const Tensor& input : inputs) text += long_number(input.as<double>()[i]) + " ";
    return text;
  }
};

std::vector<OperationCase> elementwise_cases() {
  std::vector<OperationCase> result;
  std::set<std::string> seen;
  for (OperationCase& one : operation_cases()) {
    const auto found = std::find_if(catalogue().begin(), catalogue().end(),
                                    [&](const Operation* operation) { return operation->name == one.operation; });
    if ((*found)->kind != OperationKind::elementwise || !(*found)->partial || one.arguments.size() > 2) continue;
    const bool floats = std::all_of(one.arguments.begin(), one.arguments.end(), [](const Argument& argument) {
      return argument.dtype == DType::float64 && argument.differentiate;
    });
    if (floats && one.differences && seen.insert(one.operation).second) result.push_back(std::move(one));
  }
  return result;
}

const std::vector<double> points = {nan, inf, -inf, 0.0,  -0.0,  1,     -1,  0.5, -0.5,
                                    2,   -2,  3,    1e30, -1e30, 1e-30, 700, -750};

// Where two arrays differ in a bit, but for the sign and the payload of a NaN, which the compiler's order of operands
// decides.
std::string first_difference(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = to_doubles(a), y = to_doubles(b);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::bit_cast<std::uint64_t>(x[i]) == std::bit_cast<std::uint64_t>(y[i])) continue;
    if (std::isnan(x[i]) && std::isnan(y[i])) continue;
    return "element " + std::to_string(i) + ": " + std::to_string(x[i]) + " and " + std::to_string(y[i]);
  }
  return "";
}

TEST(SpecialValues, stand_in_the_same_places_by_every_road) {
  for (const OperationCase& one : elementwise_cases()) {
    Grid grid(one, points);
    StateStore store;
    const Value wanted[] = {grid.y};
    const Tensor plain = evaluate_reference(grid.graph, wanted, grid.views(), store)[0];
    const Tensor dual = evaluate_dual(grid.graph, wanted, grid.views(), {}, store)[0].value;
    EXPECT_EQ(first_difference(plain, dual), "") << grid.name;
    Compiled planned = compile(grid.y, {.check_finite = false});
    planned.run(grid.views());
    const std::vector<double> p = to_doubles(plain), q = to_doubles(planned.output());
    for (std::size_t i = 0; i < p.size(); ++i) {
      EXPECT_EQ(kind(p[i]), kind(q[i])) << grid.at(i) << p[i] << " by the plain loops, " << q[i] << " planned";
      const double error = std::isfinite(p[i]) ? scaled_error(p[i], q[i]) : 0;
      EXPECT_LE(error, 1e-13) << grid.at(i) << p[i] << " " << q[i];
      bool any_nan = false;
      for (const Tensor& input : grid.inputs) any_nan = any_nan || std::isnan(input.as<double>()[i]);
      // 1^NaN and NaN^0 are 1 (C99); a slope is not read where x is positive.
      if (any_nan && one.operation != "power" && one.operation != "prelu") {
        EXPECT_TRUE(std::isnan(p[i])) << grid.at(i) << p[i];
      }
    }
  }
}

TEST(SpecialValues, stand_in_the_same_places_in_float32) {
  for (const OperationCase& one : elementwise_cases()) {
    Grid grid(one, {nan, inf, -inf, 0.0, -0.0, 1, -1, 0.5, -0.5, 2, -2, 3});
    const auto single = in_float32(grid.graph);
    std::vector<Tensor> inputs;
    for (const Tensor& input : grid.inputs) inputs.push_back(convert(input, float32));
    const std::vector<TensorView> views(inputs.begin(), inputs.end());
    StateStore store;
    const Value wanted[] = {grid.y}, y[] = {single->value(grid.y.index)};
    const std::vector<double> p = to_doubles(evaluate_reference(grid.graph, wanted, grid.views(), store)[0]);
    const std::vector<double> q = to_doubles(evaluate_reference(*single, y, views, store)[0]);
    Compiled planned = compile(y[0], {.check_finite = false});
    planned.run(views);
    const std::vector<double> r = to_doubles(planned.output());
    for (std::size_t i = 0; i < p.size(); ++i) {
      EXPECT_EQ(kind(p[i]), kind(q[i])) << grid.at(i) << p[i] << " in float64, " << q[i] << " in float32";
      EXPECT_EQ(kind(p[i]), kind(r[i])) << grid.at(i) << p[i] << " in float64, " << r[i] << " planned in float32";
    }
  }
}

TEST(SpecialValues, of_derivatives_agree_between_reverse_mode_and_dual_numbers) {
  for (const OperationCase& one : elementwise_cases()) {
    Grid grid(one, points);
    for (std::size_t a = 0; a < grid.arguments.size(); ++a) {
      StateStore store;
      const Value total[] = {grid.y}, ones[] = {grid.graph.constant(1, float64, grid.y.shape())},
                  argument[] = {grid.arguments[a]};
      const std::vector<Value> derivative = vjp(total, ones, argument);
      std::vector<Tensor> tangents;
      for (const Tensor& input : grid.inputs) tangents.emplace_back(float64, input.extents());
      for (double& x : tangents[a].as<double>()) x = 1;
      const std::vector<double> p = to_doubles(evaluate_reference(grid.graph, derivative, grid.views(), store)[0]);
      const std::vector<double> q =
          to_doubles(evaluate_dual(grid.graph, total, grid.views(), tangents, store)[0].tangent);
      for (std::size_t i = 0; i < p.size(); ++i) {
        bool any_nan = false;
        for (const Tensor& input : grid.inputs) any_nan = any_nan || std::isnan(input.as<double>()[i]);
        // At NaN see docs/conventions.md. Dual numbers multiply zero tangents by infinity where a rule need not.
        if (any_nan || std::isnan(q[i])) continue;
        EXPECT_EQ(kind(p[i]), kind(q[i]))
            << grid.at(i) << "by argument " << a << ": " << p[i] << " by reverse mode, " << q[i] << " by dual numbers";
        const double error = std::isfinite(q[i]) ? scaled_error(p[i], q[i]) : 0;
        EXPECT_LE(error, 1e-12) << grid.at(i) << "by argument " << a << ": " << p[i] << " " << q[i];
      }
    }
  }
}

}  // namespace
}  // namespace backprop::evidence
