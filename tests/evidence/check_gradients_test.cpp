// check_gradients says what differs and where; an operation from outside is checked like ours, a wrong one is refused.
#include "backprop/check_gradients.hpp"

#include <gtest/gtest.h>

#include "backprop/operations.hpp"

namespace backprop {
namespace {

constexpr auto cube_rule = [](auto x) { return x * x * x; };
const Operation cube =
    elementwise<cube_rule, 1>("cube", [](const RuleContext& c, int) { return 3 * (c.inputs[0] * c.inputs[0]); });
// Right but for a factor that a comparison at 1e-3 would not see.
const Operation nearly_cube = elementwise<cube_rule, 1>(
    "nearly_cube", [](const RuleContext& c, int) { return 3.00001 * (c.inputs[0] * c.inputs[0]); });
// Right in first order; its derivative is hidden.
const Operation once_cube = elementwise<cube_rule, 1>(
    "once_cube", [](const RuleContext& c, int) { return 3 * stop_gradient(c.inputs[0] * c.inputs[0]); });

// mean(w tanh(f(x))) with two examples of three numbers.
struct Model {
  Graph graph;
  Value x, w, loss;
  Tensor numbers = Tensor::from<double>({2, 3}, {0.5, -0.75, 1.25, 0.25, -0.5, 1});
  StateStore store{1};

  explicit Model(const Operation& operation) {
    x = graph.input({named("B"), 3}, float64, "x");
    w = graph.parameter("w", {3}, initialiser::constant(0.5), float64);
    const LayerScope layer(graph, "bend");
    loss = mean(w * tanh(graph.apply(operation, {x})));
  }
  GradientReport check() {
    const Value arguments[] = {x, w};
    const TensorView inputs[] = {numbers};
    return check_gradients(loss, arguments, inputs, store);
  }
};

TEST(CheckGradients, passes_a_right_loss_and_counts_what_it_compared) {
  const GradientReport report = Model(cube).check();
  EXPECT_TRUE(report.passed()) << to_string(report);
  EXPECT_NO_THROW(report.require());
  ASSERT_EQ(report.methods.size(), 4u);
  for (const MethodResult& row : report.methods) EXPECT_EQ(row.compared, 9) << row.name;
}

TEST(CheckGradients, leaves_graph_and_store_as_they_were) {
  Model model(cube);
  const std::string text = model.graph.to_text();
  model.check();
  EXPECT_EQ(model.graph.to_text(), text);
  EXPECT_EQ(model.store.size(), 0u);
}

TEST(CheckGradients, names_argument_element_numbers_way_and_the_operation_that_is_wrong) {
  const GradientReport report = Model(nearly_cube).check();
  ASSERT_FALSE(report.passed());
  const std::string& first = report.failures.front();
  EXPECT_NE(first.find("argument 'x', element 0: "), std::string::npos) << first;
  EXPECT_NE(first.find("'x' -> nearly_cube -> tanh -> multiply -> mean"), std::string::npos) << first;
  EXPECT_NE(first.find("the operation is wrong by itself: [nearly_cube]"), std::string::npos) << first;
  EXPECT_NE(first.find("in layer 'bend'"), std::string::npos) << first;
  EXPECT_EQ(first.find("wrong by itself: [tanh]"), std::string::npos) << first;
  EXPECT_THROW(report.require(), Error);
}

TEST(CheckGradients, sees_a_second_derivative_that_is_hidden) {
  const GradientReport report = Model(once_cube).check();
  ASSERT_FALSE(report.passed());
  EXPECT_NE(report.failures.front().find("second derivatives"), std::string::npos) << report.failures.front();
}

TEST(CheckGradients, needs_float64_and_inputs_or_states) {
  Graph graph;
  const Value x = graph.input({2}, float32, "x");
  const Value y = square(x);
  StateStore store;
  const Tensor numbers(float32, {2});
  const TensorView inputs[] = {numbers};
  EXPECT_THROW(check_gradients(sum(y), std::span(&x, 1), inputs, store), Error);
  EXPECT_THROW(check_gradients(sum(y), std::span(&y, 1), inputs, store), Error);
}

const OperationCall calls[] = {{{Tensor::from<double>({2, 2}, {0.5, -0.75, 1.25, -2})}}, {{Tensor(float64, {0})}}};

TEST(CheckOperation, passes_a_right_operation_of_a_user) {
  const GradientReport report = check_operation(cube, calls);
  EXPECT_TRUE(report.passed()) << to_string(report);
}

TEST(CheckOperation, refuses_wrong_ones) {
  for (const Operation* wrong : {&nearly_cube, &once_cube}) {
    const GradientReport report = check_operation(*wrong, calls);
    EXPECT_FALSE(report.passed()) << wrong->name;
    EXPECT_THROW(report.require(), Error);
  }
}

TEST(CheckOperation, reports_an_operation_without_a_rule) {
  Operation bare = cube;
  bare.partial = nullptr;
  const GradientReport report = check_operation(bare, calls);
  ASSERT_FALSE(report.passed());
  EXPECT_NE(report.failures.front().find("no derivative"), std::string::npos) << report.failures.front();
}

}  // namespace
}  // namespace backprop
