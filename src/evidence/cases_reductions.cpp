// Cases of the reductions and of softmax's rows.
#include <algorithm>
#include <cmath>
#include <limits>

#include "evidence/case_parts.hpp"
#include "ops/ops.hpp"

namespace backprop::evidence {
namespace {

using Fold = double (*)(const std::vector<double>&);

// The elements that fall together when `axes` (none: all) are reduced, group by group in row-major order.
std::vector<std::vector<double>> groups(const Array& x, const Integers& axes) {
  const auto rank = static_cast<std::int64_t>(x.extents.size());
  Extents kept = x.extents;
  for (std::int64_t axis = 0; axis < rank; ++axis) {
    const bool reduced = axes.empty() || std::any_of(axes.begin(), axes.end(),
                                                     [&](std::int64_t a) { return (a < 0 ? a + rank : a) == axis; });
    if (reduced) kept[static_cast<std::size_t>(axis)] = 1;
  }
  std::vector<std::vector<double>> result(static_cast<std::size_t>(count(kept)));
  for_each_index(x.extents, [&](const Extents& index) {
    Extents own = index;
    for (std::size_t axis = 0; axis < own.size(); ++axis) own[axis] = kept[axis] == 1 ? 0 : own[axis];
    result[place(kept, own)].push_back(x.numbers[place(x.extents, index)]);
  });
  return result;
}

struct Way {
  Shape shape;
  Integers axes;
  bool keep = false;
};

std::vector<Way> ways() {
  const Dim B = named("B");
  return {{{2, 3, 2}, {}},    {{2, 3, 2}, {1}}, {{2, 3, 2}, {-1}}, {{2, 3, 2}, {0, 2}}, {{2, 3, 2}, {-2}, true},
          {{2, 3}, {}, true}, {{4}, {0}},       {{}, {}},          {{1, 3}, {0}},       {{3, 1}, {-1}, true},
          {{0, 3}, {1}},      {{B, 2}, {0}},    {{B, 2}, {-1}},    {{B, 3}, {}},        {{2, 2}, {0, 1}, true}};
}

void add_reduction(std::vector<OperationCase>& cases, const std::string& name, Value (*apply)(Value, Integers, bool),
                   Fold fold, const Sampler& sampler) {
  for (const Way& way : ways()) {
    cases.push_back(
        {.operation = name,
         .label = to_string(way.shape) + " axes " + to_string(AttributeValue(way.axes)) + (way.keep ? " kept" : ""),
         .arguments = {{way.shape, sampler}},
         .build = [apply, way](Graph&, std::span<const Value> x) -> std::vector<Value> {
           return {apply(x[0], way.axes, way.keep)};
         },
         .formula =
             [fold, way](std::span<const Array> x) {
               std::vector<double> result;
               for (const auto& group : groups(x[0], way.axes)) result.push_back(fold(group));
               return result;
             }});
  }
}

double fold_sum(const std::vector<double>& x) {
  double sum = 0;
  for (const double number : x) sum += number;
  return sum;
}

double fold_prod(const std::vector<double>& x) {
  double product = 1;
  for (const double number : x) product *= number;
  return product;
}

double fold_logsumexp(const std::vector<double>& x) {
  double sum = 0;
  for (const double number : x) sum += std::exp(number);
  return std::log(sum);
}

void add_prod_with_zeros(std::vector<OperationCase>& cases) {
  for (const auto& numbers : {std::vector<double>{1.5, 0, -2}, {0, 0, 2}, {0, 0, 0}}) {
    cases.push_back({.operation = "prod",
                     .label = "with zeros",
                     .arguments = {{{2, 3}, {.exactly = numbers}}},
                     .build = [](Graph&, std::span<const Value> x) -> std::vector<Value> { return {prod(x[0], {1})}; },
                     .formula =
                         [](std::span<const Array> x) {
                           std::vector<double> result;
                           for (const auto& group : groups(x[0], {1})) result.push_back(fold_prod(group));
                           return result;
                         }});
  }
}

// The derivative of prod, an operation of its own: the product of all other elements.
void add_exclusive_product(std::vector<OperationCase>& cases) {
  for (const auto& [shape, numbers] : {std::pair<Shape, std::vector<double>>{{2, 3}, {1.5, -0.5, 2}},
                                       {{2, 3}, {1.5, 0, -2}},
                                       {{3, 1}, {2}},
                                       {{0, 2}, {}},
                                       {{named("B"), 2}, {0.5, -1, 2, 1.5}}}) {
    cases.push_back({.operation = "exclusive_product",
                     .label = to_string(shape),
                     .arguments = {{shape, {.exactly = numbers}}},
                     .build = [](Graph& graph, std::span<const Value> x) -> std::vector<Value> {
                       return {graph.apply(ops::exclusive_product, x, {{"axes", Integers{1}}})};
                     },
                     .formula =
                         [](std::span<const Array> x) {
                           std::vector<double> result;
                           for (const auto& group : groups(x[0], {1})) {
                             for (std::size_t i = 0; i < group.size(); ++i) {
                               std::vector<double> others = group;
                               others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
                               result.push_back(fold_prod(others));
                             }
                           }
                           return result;
                         }});
  }
}

void add_argmax(std::vector<OperationCase>& cases) {
  for (const Way& way : {Way{{2, 3}, {-1}}, Way{{2, 3}, {0}}, Way{{4}, {0}}, Way{{2, 3, 2}, {1}, true},
                         Way{{3, 1}, {1}}, Way{{0, 3}, {1}}, Way{{named("B"), 4}, {-1}}}) {
    cases.push_back({.operation = "argmax",
                     .label = to_string(way.shape) + " axis " + std::to_string(way.axes[0]),
                     .arguments = {{way.shape, {.distinct = true}}},
                     .build = [way](Graph&, std::span<const Value> x) -> std::vector<Value> {
                       return {argmax(x[0], static_cast<int>(way.axes[0]), way.keep)};
                     },
                     .formula =
                         [way](std::span<const Array> x) {
                           std::vector<double> result;
                           for (const auto& group : groups(x[0], way.axes)) {
                             result.push_back(
                                 static_cast<double>(std::max_element(group.begin(), group.end()) - group.begin()));
                           }
                           return result;
                         }});
  }
}

// softmax and log_softmax: the same loop over each line along the axis.
void add_rows(std::vector<OperationCase>& cases, const std::string& name, Value (*apply)(Value, int), bool logarithm) {
  for (const auto& [shape, axis] : {std::pair<Shape, int>{{2, 3}, -1},
                                    {{2, 3}, 0},
                                    {{4}, 0},
                                    {{2, 3, 2}, 1},
                                    {{3, 1}, -1},
                                    {{1, 1}, 0},
                                    {{0, 3}, -1},
                                    {{named("B"), 3}, -1},
                                    {{named("B"), 2}, 0}}) {
    cases.push_back({.operation = name,
                     .label = to_string(shape) + " axis " + std::to_string(axis),
                     .arguments = {{shape, {.low = -2, .high = 2}}},
                     .build = [apply, axis = axis](Graph&, std::span<const Value> x) -> std::vector<Value> {
                       return {apply(x[0], axis)};
                     },
                     .formula =
                         [axis = axis, logarithm](std::span<const Array> x) {
                           const auto sums = groups(x[0], {axis});
                           Extents kept = x[0].extents;
                           const auto at =
                               static_cast<std::size_t>(axis < 0 ? axis + static_cast<int>(kept.size()) : axis);
                           kept[at] = 1;
                           std::vector<double> result;
                           for_each_index(x[0].extents, [&](const Extents& index) {
                             Extents row = index;
                             row[at] = 0;
                             const double p = std::exp(x[0].numbers[place(x[0].extents, index)] -
                                                       fold_logsumexp(sums[place(kept, row)]));
                             result.push_back(logarithm ? std::log(p) : p);
                           });
                           return result;
                         }});
  }
}

}  // namespace

void add_reduction_cases(std::vector<OperationCase>& cases) {
  const Sampler apart = {.low = -2, .high = 2, .distinct = true};
  add_reduction(cases, "sum", sum, fold_sum, {});
  add_reduction(cases, "mean", mean, [](const std::vector<double>& x) { return fold_sum(x) / double(x.size()); }, {});
  add_reduction(
      cases, "reduce_max", reduce_max,
      [](const std::vector<double>& x) { return *std::max_element(x.begin(), x.end()); }, apart);
  add_reduction(
      cases, "reduce_min", reduce_min,
      [](const std::vector<double>& x) { return *std::min_element(x.begin(), x.end()); }, apart);
  add_reduction(cases, "prod", prod, fold_prod, {.low = 0.5, .high = 1.5});
  add_prod_with_zeros(cases);
  add_exclusive_product(cases);
  add_reduction(cases, "logsumexp", logsumexp, fold_logsumexp, {});
  add_argmax(cases);
  add_rows(cases, "softmax", softmax, false);
  add_rows(cases, "log_softmax", log_softmax, true);
}

}  // namespace backprop::evidence
