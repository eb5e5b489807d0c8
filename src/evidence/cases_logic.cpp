// Cases of comparisons, logic, choice and casts: mostly without a derivative, which the suite checks to be zero.
#include <cmath>

#include "evidence/case_parts.hpp"

namespace backprop::evidence {
namespace {

using Compare = bool (*)(double, double);

void add_comparison(std::vector<OperationCase>& cases, const std::string& name, Value (*apply)(Value, Value),
                    Compare compare) {
  for (const DType dtype : {float64, int32, int64}) {
    for (const auto& [a, b] : {std::pair<Shape, Shape>{{2, 3}, {2, 3}}, {{2, 3}, {3}}, {{}, {2}}, {{0}, {1}}}) {
      // Small whole numbers, so that some are equal.
      const Sampler sampler = {.exactly = {1, 2, 2, 3, 0}};
      const Sampler other = {.exactly = {2, 2, 1}};
      OperationCase one = {
          .operation = name,
          .arguments = {{a, sampler, dtype}, {b, other, dtype}},
          .build = [apply](Graph&, std::span<const Value> x) -> std::vector<Value> { return {apply(x[0], x[1])}; },
          .formula = pointwise([compare](std::span<const double> x) { return compare(x[0], x[1]); }),
          .differences = false};
      one.label = std::string(to_string(dtype)) + " " + shapes_label(one.arguments);
      cases.push_back(std::move(one));
    }
  }
}

void add_logical(std::vector<OperationCase>& cases, const std::string& name, Value (*apply)(Value, Value),
                 bool (*formula)(bool, bool)) {
  for (const auto& [a, b] : {std::pair<Shape, Shape>{{4}, {4}}, {{2, 4}, {4}}, {{}, {2}}, {{0}, {1}}}) {
    OperationCase one = {
        .operation = name,
        .arguments = {{a, {.exactly = {0, 1, 0, 1}}, boolean}, {b, {.exactly = {0, 0, 1, 1}}, boolean}},
        .build = [apply](Graph&, std::span<const Value> x) -> std::vector<Value> { return {apply(x[0], x[1])}; },
        .formula = pointwise([formula](std::span<const double> x) { return formula(x[0] != 0, x[1] != 0); })};
    one.label = shapes_label(one.arguments);
    cases.push_back(std::move(one));
  }
}

void add_where(std::vector<OperationCase>& cases) {
  const Dim B = named("B");
  const std::vector<std::vector<Shape>> shapes = {{{2, 3}, {2, 3}, {2, 3}}, {{3}, {2, 3}, {2, 3}},
                                                  {{2, 1}, {3}, {}},        {{}, {2}, {2}},
                                                  {{0}, {0}, {1}},          {{B, 1}, {B, 2}, {2}}};
  for (const auto& three : shapes) {
    OperationCase one = {
        .operation = "where",
        .arguments = {{three[0], {}, boolean}, {three[1]}, {three[2]}},
        .build = [](Graph&, std::span<const Value> x) -> std::vector<Value> { return {where(x[0], x[1], x[2])}; },
        .formula = pointwise([](std::span<const double> x) { return x[0] != 0 ? x[1] : x[2]; })};
    one.label = shapes_label(one.arguments);
    cases.push_back(std::move(one));
  }
}

void add_cast(std::vector<OperationCase>& cases) {
  const auto cast_case = [&](DType from, DType to, const Sampler& sampler, double (*formula)(double)) {
    cases.push_back({.operation = "cast",
                     .label = std::string(to_string(from)) + " to " + std::string(to_string(to)),
                     .arguments = {{{2, 3}, sampler, from}},
                     .build = [to](Graph&, std::span<const Value> x) -> std::vector<Value> { return {cast(x[0], to)}; },
                     .formula = pointwise([formula](std::span<const double> x) { return formula(x[0]); })});
  };
  const auto same = [](double x) { return x; };
  const auto truncate = [](double x) { return std::trunc(x); };
  const Sampler wide = {.low = -4, .high = 4, .kinks = {-4, -3, -2, -1, 0, 1, 2, 3, 4}};
  cast_case(float64, float64, {}, same);
  for (const DType whole : {int32, int64}) {
    cast_case(float64, whole, wide, truncate);
    cast_case(whole, float64, {.low = -9, .high = 9}, same);
    cast_case(boolean, whole, {}, same);
  }
  cast_case(int32, int64, {.low = -9, .high = 9}, same);
  cast_case(float64, boolean, {.exactly = {0, 1, -2.5, 0.25}}, [](double x) { return x != 0 ? 1.0 : 0.0; });
  cast_case(boolean, float64, {}, same);
}

}  // namespace

void add_logic_cases(std::vector<OperationCase>& cases) {
  add_comparison(cases, "equal", equal, [](double a, double b) { return a == b; });
  add_comparison(cases, "not_equal", not_equal, [](double a, double b) { return a != b; });
  add_comparison(cases, "less", less, [](double a, double b) { return a < b; });
  add_comparison(cases, "less_equal", less_equal, [](double a, double b) { return a <= b; });
  add_comparison(cases, "greater", greater, [](double a, double b) { return a > b; });
  add_comparison(cases, "greater_equal", greater_equal, [](double a, double b) { return a >= b; });
  add_logical(cases, "logical_and", logical_and, [](bool a, bool b) { return a && b; });
  add_logical(cases, "logical_or", logical_or, [](bool a, bool b) { return a || b; });
  add_logical(cases, "logical_xor", logical_xor, [](bool a, bool b) { return a != b; });
  cases.push_back({.operation = "logical_not",
                   .label = "[4]",
                   .arguments = {{{4}, {.exactly = {0, 1}}, boolean}},
                   .build = [](Graph&, std::span<const Value> x) -> std::vector<Value> { return {logical_not(x[0])}; },
                   .formula = pointwise([](std::span<const double> x) { return x[0] == 0 ? 1.0 : 0.0; })});
  add_where(cases);
  add_cast(cases);
  for (const Shape& shape : {Shape{2, 3}, Shape{}, Shape{0}}) {
    cases.push_back(
        {.operation = "stop_gradient",
         .label = to_string(shape),
         .arguments = {{shape}},
         .build = [](Graph&, std::span<const Value> x) -> std::vector<Value> { return {stop_gradient(x[0])}; },
         .formula = pointwise([](std::span<const double> x) { return x[0]; }),
         .differences = false});
  }
}

}  // namespace backprop::evidence
