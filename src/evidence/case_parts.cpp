#include "evidence/case_parts.hpp"

#include <algorithm>

namespace backprop::evidence {

void for_each_index(const Extents& extents, const std::function<void(const Extents&)>& visit) {
  Extents index(extents.size(), 0);
  for (std::int64_t n = count(extents); n > 0; --n) {
    visit(index);
    for (std::size_t axis = extents.size(); axis-- > 0;) {
      if (++index[axis] < extents[axis]) break;
      index[axis] = 0;
    }
  }
}

std::size_t place(const Extents& extents, const Extents& index) {
  std::int64_t at = 0;
  for (std::size_t axis = 0; axis < extents.size(); ++axis) at = at * extents[axis] + index[axis];
  return static_cast<std::size_t>(at);
}

double broadcast_at(const Array& array, const Extents& index) {
  Extents own(array.extents.size());
  const std::size_t skipped = index.size() - own.size();
  for (std::size_t axis = 0; axis < own.size(); ++axis)
    own[axis] = array.extents[axis] == 1 ? 0 : index[skipped + axis];
  return array.numbers[place(array.extents, own)];
}

Extents broadcast_extents(std::span<const Array> arrays) {
  Extents result;
  for (const Array& array : arrays) {
    if (array.extents.size() > result.size()) result.insert(result.begin(), array.extents.size() - result.size(), 1);
    const std::size_t skipped = result.size() - array.extents.size();
    for (std::size_t axis = 0; axis < array.extents.size(); ++axis) {
      if (array.extents[axis] != 1) result[skipped + axis] = array.extents[axis];
    }
  }
  return result;
}

Formula pointwise(Pointwise f) {
  return [f = std::move(f)](std::span<const Array> arrays) {
    std::vector<double> result;
    for_each_index(broadcast_extents(arrays), [&](const Extents& index) {
      std::vector<double> numbers;
      for (const Array& array : arrays) numbers.push_back(broadcast_at(array, index));
      result.push_back(f(numbers));
    });
    return result;
  };
}

std::string shapes_label(const std::vector<Argument>& arguments) {
  std::string label;
  for (const Argument& argument : arguments) label += (label.empty() ? "" : " ") + to_string(argument.shape);
  return label;
}

void add_unary(std::vector<OperationCase>& cases, const std::string& operation, const std::string& label,
               const std::function<Value(Value)>& apply, double (*formula)(double), const Sampler& sampler) {
  for (const Shape& shape : {Shape{5}, Shape{2, 3}, Shape{}, Shape{1, 1}, Shape{0, 3}, Shape{named("B"), 2}}) {
    cases.push_back({.operation = operation,
                     .label = to_string(shape) + label,
                     .arguments = {{shape, sampler}},
                     .build = [apply](Graph&, std::span<const Value> x) -> std::vector<Value> { return {apply(x[0])}; },
                     .formula = pointwise([formula](std::span<const double> x) { return formula(x[0]); })});
  }
}

void add_binary(std::vector<OperationCase>& cases, const std::string& operation, Value (*apply)(Value, Value),
                double (*formula)(double, double), const Sampler& a, const Sampler& b) {
  const Dim B = named("B");
  const std::vector<std::pair<Shape, Shape>> shapes = {
      {{2, 3}, {2, 3}}, {{2, 3}, {3}}, {{3}, {2, 3}}, {{2, 1}, {1, 3}}, {{2, 1, 2}, {3, 1}}, {{}, {2}},
      {{2}, {}},        {{}, {}},      {{0, 3}, {3}}, {{1}, {0}},       {{B, 2}, {2}},       {{1, 2}, {B, 2}}};
  for (const auto& [left, right] : shapes) {
    OperationCase one = {
        .operation = operation,
        .arguments = {{left, a}, {right, b}},
        .build = [apply](Graph&, std::span<const Value> x) -> std::vector<Value> { return {apply(x[0], x[1])}; },
        .formula = pointwise([formula](std::span<const double> x) { return formula(x[0], x[1]); })};
    one.label = shapes_label(one.arguments);
    cases.push_back(std::move(one));
  }
}

}  // namespace backprop::evidence
