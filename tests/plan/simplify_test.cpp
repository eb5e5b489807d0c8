// Simplification, text in, text out: nothing has to run.
#include "plan/simplify.hpp"

#include <gtest/gtest.h>

#include "backprop/gradient.hpp"
#include "backprop/operation.hpp"
#include "backprop/operations.hpp"
#include "plan/simplify_passes.hpp"

namespace backprop {
namespace {

// The simplified text of a graph whose last value is the output.
std::string simplified(const char* text) {
  Graph graph = Graph::parse(text, catalogue());
  const Program program{.outputs = {graph.value(graph.size() - 1)}, .updates = graph.updates()};
  const Simplified result = simplify(program);
  result.graph.verify();
  return result.graph.to_text() + "output %" + std::to_string(result.outputs[0]) + "\n";
}

const std::string x = "%0 = input() {dtype=float32, name=\"x\", shape=[B, 3]} : float32[B, 3]\n";

TEST(Simplify, identities) {
  EXPECT_EQ(simplified((x + R"(%1 = constant() {dtype=float32, shape=[B, 3], value=1.0} : float32[B, 3]
%2 = multiply(%0, %1) : float32[B, 3]
%3 = negate(%2) : float32[B, 3]
%4 = negate(%3) : float32[B, 3]
%5 = divide(%4, %1) : float32[B, 3]
%6 = reshape(%5) {shape=[3, B]} : float32[3, B]
%7 = reshape(%6) {shape=[B, 3]} : float32[B, 3]
%8 = transpose(%7) {permutation=(1, 0)} : float32[3, B]
%9 = transpose(%8) {permutation=(1, 0)} : float32[B, 3]
)")
                           .c_str()),
            x + "output %0\n");
}

TEST(Simplify, folds_scalars_and_moves_broadcasts_behind) {
  EXPECT_EQ(simplified((x + R"(%1 = constant() {dtype=float32, shape=[], value=2.0} : float32[]
%2 = broadcast(%1) {shape=[B, 3]} : float32[B, 3]
%3 = constant() {dtype=float32, shape=[B, 3], value=0.5} : float32[B, 3]
%4 = subtract(%2, %3) : float32[B, 3]
%5 = add(%0, %4) : float32[B, 3]
)")
                           .c_str()),
            x + R"(%1 = constant() {dtype=float32, shape=[], value=1.5} : float32[]
%2 = broadcast(%1) {shape=[B, 3]} : float32[B, 3]
%3 = add(%0, %2) : float32[B, 3]
output %3
)");
}

TEST(Simplify, merges_equal_equations_but_no_random_streams) {
  EXPECT_EQ(simplified((x + R"(%1 = exp(%0) : float32[B, 3]
%2 = exp(%0) : float32[B, 3]
%3 = random_uniform() {dtype=float32, high=1.0, low=0.0, shape=[B, 3], stream=0} : float32[B, 3]
%4 = random_uniform() {dtype=float32, high=1.0, low=0.0, shape=[B, 3], stream=1} : float32[B, 3]
%5 = add(%1, %2) : float32[B, 3]
%6 = add(%3, %4) : float32[B, 3]
%7 = divide(%5, %6) : float32[B, 3]
)")
                           .c_str()),
            x + R"(%1 = exp(%0) : float32[B, 3]
%2 = random_uniform() {dtype=float32, high=1.0, low=0.0, shape=[B, 3], stream=0} : float32[B, 3]
%3 = random_uniform() {dtype=float32, high=1.0, low=0.0, shape=[B, 3], stream=1} : float32[B, 3]
%4 = add(%1, %1) : float32[B, 3]
%5 = add(%2, %3) : float32[B, 3]
%6 = divide(%4, %5) : float32[B, 3]
output %6
)");
}

TEST(Simplify, transposes_become_flags_of_the_product) {
  EXPECT_EQ(simplified((x + R"(%1 = transpose(%0) {permutation=(1, 0)} : float32[3, B]
%2 = matmul(%1, %0) {transpose_a=0, transpose_b=0} : float32[3, 3]
)")
                           .c_str()),
            x + R"(%1 = matmul(%0, %0) {transpose_a=1, transpose_b=0} : float32[3, 3]
output %1
)");
}

TEST(Simplify, forms_multiply_adds_where_the_product_has_one_reader) {
  EXPECT_EQ(simplified((x + R"(%1 = exp(%0) : float32[B, 3]
%2 = multiply(%0, %1) : float32[B, 3]
%3 = constant() {dtype=float32, shape=[], value=0.25} : float32[]
%4 = broadcast(%3) {shape=[B, 3]} : float32[B, 3]
%5 = multiply(%4, %2) : float32[B, 3]
%6 = subtract(%1, %5) : float32[B, 3]
%7 = add(%6, %2) : float32[B, 3]
)")
                           .c_str()),
            x + R"(%1 = exp(%0) : float32[B, 3]
%2 = multiply(%0, %1) : float32[B, 3]
%3 = constant() {dtype=float32, shape=[], value=-0.25} : float32[]
%4 = broadcast(%3) {shape=[B, 3]} : float32[B, 3]
%5 = multiply_add(%4, %2, %1) : float32[B, 3]
%6 = add(%5, %2) : float32[B, 3]
output %6
)");
}

// Mean cross-entropy: one kernel for softmax - one_hot, with one number for all rows.
TEST(Simplify, takes_the_gradient_of_cross_entropy_as_one_operation) {
  Graph graph;
  const Value logits = graph.input({named("B"), 3}), targets = graph.input({named("B")}, int64);
  const Value loss = mean(softmax_cross_entropy(logits, targets));
  const Simplified result = simplify({.outputs = {loss, gradient(loss, logits)}});
  const Equation& last = result.graph.equation_of(result.outputs[1]);
  EXPECT_EQ(last.operation->name, "softmax_cross_entropy_gradient") << result.graph.to_text();
  EXPECT_EQ(result.graph.info(last.inputs[2]).type.shape.rank(), 0);
}

TEST(Simplify, keeps_inputs_and_drops_what_nothing_needs) {
  EXPECT_EQ(simplified((x + R"(%1 = input() {dtype=int64, name="unused", shape=[B]} : int64[B]
%2 = exp(%0) : float32[B, 3]
%3 = log(%0) : float32[B, 3]
)")
                           .c_str()),
            x + R"(%1 = input() {dtype=int64, name="unused", shape=[B]} : int64[B]
%2 = log(%0) : float32[B, 3]
output %2
)");
}

}  // namespace
}  // namespace backprop
