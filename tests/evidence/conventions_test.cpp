// The table of docs/conventions.md, a test a row: reverse mode, dual numbers and the planned step agree on it.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <set>

#include "backprop/compile.hpp"
#include "backprop/gradient.hpp"
#include "backprop/operations.hpp"
#include "ops/ops.hpp"
#include "run/reference.hpp"

namespace backprop {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

using Function = std::function<Value(std::span<const Value>)>;

// d sum f / d arguments[by] at the point, number by number.
struct Row {
  std::string name;
  std::vector<std::vector<double>> arguments;
  Function f;
  std::vector<double> expected;
  std::size_t by = 0;
  bool by_dual = true;  // false at NaN, where dual numbers follow the branch that no comparison chose
};

Function unary(Value (*f)(Value)) {
  return [f](std::span<const Value> x) { return f(x[0]); };
}
Function binary(Value (*f)(Value, Value)) {
  return [f](std::span<const Value> x) { return f(x[0], x[1]); };
}

std::vector<Row> rows() {
  const double third = 1.0 / 3;
  return {
      {"`abs` at 0", {{0, -0.0, 1}}, unary(abs), {0, 0, 1}},
      {"`relu` at 0", {{0, -0.0, 1}}, unary(relu), {0, 0, 1}},
      {"`leaky_relu` at 0", {{0}}, [](auto x) { return leaky_relu(x[0], 0.25); }, {0.25}},
      {"`prelu` at 0, by x", {{0}, {0.5}}, binary(prelu), {0.5}},
      {"`prelu` at 0, by the slope", {{0}, {0.5}}, binary(prelu), {0}, 1},
      {"`elu` at 0", {{0}}, [](auto x) { return elu(x[0], 0.75); }, {0.75}},
      {"`celu` at 0", {{0}}, [](auto x) { return celu(x[0], 0.75); }, {1}},
      {"`selu` at 0", {{0}}, unary(selu), {1.7580993408473766}},
      {"`softsign` at 0", {{0}}, unary(softsign), {1}},
      {"`hard_sigmoid` at its edges", {{-1, 1}}, [](auto x) { return hard_sigmoid(x[0], 0.5, 0.5); }, {0.5, 0.5}},
      {"`hard_swish` at -3", {{-3}}, unary(hard_swish), {-0.5}},
      {"`hard_swish` at 3", {{3}}, unary(hard_swish), {1.5}},
      {"`clip` at its edges", {{-0.5, 2}}, [](auto x) { return clip(x[0], -0.5, 2); }, {1, 1}},
      {"`maximum` in a tie", {{1, 2}, {1, 1}}, binary(maximum), {0.5, 1}},
      {"`minimum` in a tie", {{1, 2}, {1, 1}}, binary(minimum), {0.5, 0}},
      {"`reduce_max` in a tie of n", {{2, 1, 2, 2}}, [](auto x) { return reduce_max(x[0]); }, {third, 0, third, third}},
      {"`reduce_min` in a tie of n", {{2, 1, 2, 1}}, [](auto x) { return reduce_min(x[0]); }, {0, 0.5, 0, 0.5}},
      {"`sign` everywhere", {{-1, 0, 2}}, unary(sign), {0, 0, 0}},
      {"`floor` everywhere", {{-1, 0, 2.5}}, unary(floor), {0, 0, 0}},
      {"`ceil` everywhere", {{-1, 0, 2.5}}, unary(ceil), {0, 0, 0}},
      {"`round` everywhere", {{-1, 0, 2.5}}, unary(round), {0, 0, 0}},
      {"`stop_gradient` everywhere", {{-1, 0, 2.5}}, unary(stop_gradient), {0, 0, 0}},
      {"`cast` through integers or booleans",
       {{1.5, 0}},
       [](auto x) { return cast(cast(x[0], int32), float64) + cast(cast(x[0], boolean), float64); },
       {0, 0}},
      {"`argmax` and `one_hot`", {{1, 3, 2}}, [](auto x) { return one_hot(argmax(x[0]), 3, float64); }, {0, 0, 0}},
      {"comparisons and logic",
       {{1, 2}, {1, 1}},
       [](auto x) { return cast(logical_or(less(x[0], x[1]), equal(x[0], x[1])), float64); },
       {0, 0}},
      {"random numbers",
       {{1, 2}},
       [](auto x) { return stop_gradient(x[0]) + random_normal(*x[0].graph, {2}, 0, 1, float64); },
       {0, 0}},
      {"`where`, the branch not taken",
       {{1, -1}},
       [](auto x) { return where(greater(x[0], scalar_like(x[0], 0)), x[0], exp(x[0])); },
       {1, std::exp(-1)}},
      {"`power` 0^y by x, y > 1", {{0, 0}, {2, 1.5}}, binary(power), {0, 0}},
      {"`power` 0^1 by x", {{0}, {1}}, binary(power), {1}},
      {"`power` x^0 by x, at 0 too", {{0, 2, -1}, {0, 0, 0}}, binary(power), {0, 0, 0}},
      {"`power` 0^y by y", {{0, 0}, {2, 0.5}}, binary(power), {0, 0}, 1},
      {"`power` 0^y by x, 0 < y < 1", {{0}, {0.5}}, binary(power), {inf}},
      {"`power` of a negative base by y", {{-2}, {2}}, binary(power), {nan}, 1},
      {"`sqrt` at 0", {{0}}, unary(sqrt), {inf}},
      {"`log` at 0", {{0}}, unary(log), {inf}},
      {"`reciprocal` at 0", {{0}}, unary(reciprocal), {-inf}},
      {"`prod` with zeros", {{2, 0, 3}}, [](auto x) { return prod(x[0]); }, {0, 6, 0}},
      {"`sum` over an axis of size 0", {{}}, [](auto x) { return sum(x[0]); }, {}},
      {"`sigmoid` at infinity", {{-inf, inf}}, unary(sigmoid), {0, 0}},
      {"`tanh` at infinity", {{-inf, inf}}, unary(tanh), {0, 0}},
      {"`softplus` at infinity", {{-inf, inf}}, unary(softplus), {0, 1}},
      {"NaN at a mask", {{nan}}, [](auto x) { return clip(relu(x[0]), -1, 1); }, {0}, 0, false},
      {"NaN through a formula", {{nan}}, [](auto x) { return square(tanh(x[0])); }, {nan}},
  };
}

struct Problem {
  Graph graph;
  std::vector<Value> arguments;
  std::vector<Tensor> inputs;
  Value value, derivative;

  explicit Problem(const Row& row) {
    for (const std::vector<double>& numbers : row.arguments) {
      const auto n = static_cast<std::int64_t>(numbers.size());
      arguments.push_back(graph.input({n}, float64));
      inputs.push_back(Tensor::from<double>({n}, numbers));
    }
    value = row.f(arguments);
    derivative = gradient(sum(value), arguments[row.by]);
  }
  std::vector<TensorView> views() const { return {inputs.begin(), inputs.end()}; }
};

void expect_numbers(const std::vector<double>& got, const std::vector<double>& expected, const char* by) {
  ASSERT_EQ(got.size(), expected.size()) << by;
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << by << ", element " << i << " is " << got[i];
    } else {
      EXPECT_DOUBLE_EQ(got[i], expected[i]) << by << ", element " << i;
    }
  }
}

class Convention : public testing::TestWithParam<Row> {};

TEST_P(Convention, holds_in_reverse_mode_on_dual_numbers_and_in_the_plan) {
  const Row& row = GetParam();
  SCOPED_TRACE(row.name);
  Problem problem(row);
  StateStore store;
  const auto views = problem.views();
  const Value wanted[] = {problem.derivative};
  expect_numbers(to_doubles(evaluate_reference(problem.graph, wanted, views, store)[0]), row.expected, "reverse mode");

  std::vector<double> dual;
  const Value outputs[] = {sum(problem.value)};
  for (std::size_t i = 0; i < row.arguments[row.by].size(); ++i) {
    std::vector<Tensor> tangents;
    for (const Tensor& input : problem.inputs) tangents.emplace_back(float64, input.extents());
    tangents[row.by].as<double>()[i] = 1;
    dual.push_back(evaluate_dual(problem.graph, outputs, views, tangents, store)[0].tangent.as<double>()[0]);
  }
  if (row.by_dual) expect_numbers(dual, row.expected, "dual numbers");

  Compiled planned = compile(problem.derivative, {.check_finite = false});
  planned.run(views);
  expect_numbers(to_doubles(planned.output()), row.expected, "the plan");
}

INSTANTIATE_TEST_SUITE_P(Table, Convention, testing::ValuesIn(rows()), [](const auto& info) {
  std::string name;
  for (const char c : info.param.name) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
});

TEST(Conventions, an_operation_without_a_rule_throws) {
  Operation bare = ops::tanh;
  bare.partial = nullptr;
  Graph graph;
  const Value x = graph.input({}, float64);
  const Value y = graph.apply(bare, {x});
  try {
    gradient(y, x);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "[tanh] has no derivative with respect to argument 0");
  }
}

TEST(Conventions, every_row_of_the_table_has_a_test_and_every_test_a_row) {
  std::set<std::string> written, tested = {"an operation without a rule"};
  std::ifstream file(BACKPROP_SOURCE_DIR "/docs/conventions.md");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("| ", 0) != 0) continue;
    const std::string name = line.substr(2, line.find(" |", 2) - 2);
    if (name != "operation and place") written.insert(name);
  }
  for (const Row& row : rows()) tested.insert(row.name);
  EXPECT_EQ(written, tested);
}

}  // namespace
}  // namespace backprop
