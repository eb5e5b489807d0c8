// Cases of what has no argument: inputs, states, constants, dimensions and random numbers.
#include "evidence/case_parts.hpp"

namespace backprop::evidence {

void add_leaf_cases(std::vector<OperationCase>& cases) {
  const Dim B = named("B");
  cases.push_back({.operation = "input",
                   .label = "[2, 3]",
                   .arguments = {{{2, 3}}},
                   .build = [](Graph&, std::span<const Value> x) -> std::vector<Value> { return {x[0]}; },
                   .formula = [](std::span<const Array> x) { return x[0].numbers; }});
  cases.push_back({.operation = "state",
                   .label = "[2]",
                   .build = [](Graph& graph, std::span<const Value>) -> std::vector<Value> {
                     return {graph.parameter("w", {2}, initialiser::constant(0.25), float64)};
                   },
                   .formula =
                       [](std::span<const Array>) {
                         return std::vector<double>{0.25, 0.25};
                       }});
  cases.push_back({.operation = "constant",
                   .label = "one number",
                   .build = [](Graph& graph, std::span<const Value>) -> std::vector<Value> {
                     return {graph.constant(-1.5, float64, {2, 2})};
                   },
                   .formula = [](std::span<const Array>) { return std::vector<double>(4, -1.5); }});
  cases.push_back({.operation = "constant",
                   .label = "a tensor",
                   .build = [](Graph& graph, std::span<const Value>) -> std::vector<Value> {
                     return {graph.constant(Tensor::from<double>({3}, {1, -0.5, 2}))};
                   },
                   .formula =
                       [](std::span<const Array>) {
                         return std::vector<double>{1, -0.5, 2};
                       }});
  cases.push_back({.operation = "dimension",
                   .label = "2*B",
                   .build = [B](Graph& graph, std::span<const Value>) -> std::vector<Value> {
                     return {graph.dimension(2 * B, float64)};
                   },
                   .formula = [](std::span<const Array>) { return std::vector<double>{6}; }});
  for (const Shape& shape : {Shape{2, 3}, Shape{}, Shape{0}, Shape{B, 2}}) {
    cases.push_back({.operation = "random_uniform",
                     .label = to_string(shape),
                     .build = [shape](Graph& graph, std::span<const Value>) -> std::vector<Value> {
                       return {random_uniform(graph, shape, -1, 2, float64)};
                     }});
    cases.push_back({.operation = "random_normal",
                     .label = to_string(shape),
                     .build = [shape](Graph& graph, std::span<const Value>) -> std::vector<Value> {
                       return {random_normal(graph, shape, 1, 0.5, float64)};
                     }});
    cases.push_back({.operation = "random_bernoulli",
                     .label = to_string(shape),
                     .build = [shape](Graph& graph, std::span<const Value>) -> std::vector<Value> {
                       return {random_bernoulli(graph, shape, 0.3)};
                     }});
  }
}

}  // namespace backprop::evidence
