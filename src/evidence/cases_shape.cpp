// Cases of what moves elements: broadcast, reshape, transpose, slice, pad, concat, split.
#include <algorithm>

#include "evidence/case_parts.hpp"

namespace backprop::evidence {
namespace {

std::int64_t wrap(std::int64_t at, std::int64_t size) { return at < 0 ? at + size : at; }

// A formula that says, for every index of the result, which element of the one argument stands there.
using Source = std::function<Extents(const Extents& index, const Extents& from)>;
Formula moved(Extents result, Source source) {
  return [result, source](std::span<const Array> x) {
    std::vector<double> numbers;
    for_each_index(result, [&](const Extents& index) {
      numbers.push_back(x[0].numbers[place(x[0].extents, source(index, x[0].extents))]);
    });
    return numbers;
  };
}

void add_broadcast(std::vector<OperationCase>& cases) {
  const Dim B = named("B");
  for (const auto& [from, to] : {std::pair<Shape, Shape>{{3}, {2, 3}},
                                 {{1, 3}, {2, 3}},
                                 {{2, 1}, {2, 3}},
                                 {{}, {2, 2}},
                                 {{2, 1, 2}, {2, 3, 2}},
                                 {{1}, {4}},
                                 {{2, 3}, {2, 3}},
                                 {{3}, {0, 3}},
                                 {{1}, {0}},
                                 {{1, 3}, {B, 3}},
                                 {{}, {B}},
                                 {{3, 1}, {3, 3}},
                                 {{1, 2}, {2, 2}}}) {
    OperationCase one = {
        .operation = "broadcast",
        .label = to_string(from) + " to " + to_string(to),
        .arguments = {{from}},
        .build = [to = to](Graph&, std::span<const Value> x) -> std::vector<Value> { return {broadcast(x[0], to)}; }};
    one.formula = [result = to.bind(case_sizes())](std::span<const Array> x) {
      std::vector<double> numbers;
      for_each_index(result, [&](const Extents& index) { numbers.push_back(broadcast_at(x[0], index)); });
      return numbers;
    };
    cases.push_back(std::move(one));
  }
}

void add_reshape(std::vector<OperationCase>& cases) {
  const Dim B = named("B");
  for (const auto& [from, to] : {std::pair<Shape, Shape>{{2, 3}, {3, 2}},
                                 {{2, 3}, {6}},
                                 {{1, 1}, {}},
                                 {{}, {1}},
                                 {{0, 3}, {0}},
                                 {{B, 2, 2}, {B, 4}},
                                 {{B, 2}, {2 * B}},
                                 {{2, 2}, {2, 2}}}) {
    cases.push_back(
        {.operation = "reshape",
         .label = to_string(from) + " to " + to_string(to),
         .arguments = {{from}},
         .build = [to = to](Graph&, std::span<const Value> x) -> std::vector<Value> { return {reshape(x[0], to)}; },
         .formula = [](std::span<const Array> x) { return x[0].numbers; }});
  }
}

void add_transpose(std::vector<OperationCase>& cases) {
  const Dim B = named("B");
  for (const auto& [shape, permutation] : {std::pair<Shape, Integers>{{2, 3}, {}},
                                           {{2, 3, 2}, {1, 2, 0}},
                                           {{2, 2, 2}, {2, 0, 1}},
                                           {{2, 3, 2}, {0, 2, 1}},
                                           {{3}, {}},
                                           {{}, {}},
                                           {{0, 3}, {1, 0}},
                                           {{1, 3}, {1, 0}},
                                           {{B, 2}, {1, 0}},
                                           {{2, 3}, {0, 1}}}) {
    const Extents from = shape.bind(case_sizes());
    Integers order = permutation;
    if (order.empty()) {
      for (std::size_t i = from.size(); i-- > 0;) order.push_back(static_cast<std::int64_t>(i));
    }
    Extents to;
    for (const std::int64_t axis : order) to.push_back(from[static_cast<std::size_t>(axis)]);
    cases.push_back({.operation = "transpose",
                     .label = to_string(shape) + " by " + to_string(AttributeValue(permutation)),
                     .arguments = {{shape}},
                     .build = [permutation = permutation](Graph&, std::span<const Value> x) -> std::vector<Value> {
                       return {transpose(x[0], permutation)};
                     },
                     .formula = moved(to, [order](const Extents& index, const Extents&) {
                       Extents source(index.size());
                       for (std::size_t i = 0; i < order.size(); ++i)
                         source[static_cast<std::size_t>(order[i])] = index[i];
                       return source;
                     })});
  }
}

void add_slice(std::vector<OperationCase>& cases) {
  struct Way {
    Shape shape;
    int axis;
    std::int64_t begin, end;
  };
  const Dim B = named("B");
  for (const Way& way : {Way{{4, 2}, 0, 1, 3},
                         {{2, 4}, -1, -3, -1},
                         {{5}, 0, 0, 5},
                         {{3, 2}, 0, 2, 2},
                         {{1, 2}, 0, 0, 1},
                         {{B, 4}, 1, 1, 2},
                         {{2, 3, 2}, 1, -2, 3},
                         {{3, 3}, -2, 0, 1},
                         {{0, 3}, 1, 1, 3}}) {
    const Extents from = way.shape.bind(case_sizes());
    const auto axis = static_cast<std::size_t>(wrap(way.axis, way.shape.rank()));
    const std::int64_t begin = wrap(way.begin, from[axis]);
    Extents to = from;
    to[axis] = wrap(way.end, from[axis]) - begin;
    cases.push_back({.operation = "slice",
                     .label = to_string(way.shape) + " axis " + std::to_string(way.axis) + " [" +
                              std::to_string(way.begin) + ", " + std::to_string(way.end) + ")",
                     .arguments = {{way.shape}},
                     .build = [way](Graph&, std::span<const Value> x) -> std::vector<Value> {
                       return {slice(x[0], way.axis, way.begin, way.end)};
                     },
                     .formula = moved(to, [axis, begin](const Extents& index, const Extents&) {
                       Extents source = index;
                       source[axis] += begin;
                       return source;
                     })});
  }
}

void add_pad(std::vector<OperationCase>& cases) {
  struct Way {
    Shape shape;
    Integers before, after;
    double value = 0;
  };
  for (const Way& way : {Way{{2, 3}, {1, 0}, {0, 2}},
                         {{3}, {1}, {2}, 0.5},
                         {{0}, {2}, {1}},
                         {{1, 1}, {1, 1}, {1, 1}, -2},
                         {{2, 2}, {0, 0}, {0, 0}},
                         {{2, 1, 2}, {0, 1, 0}, {1, 1, 0}},
                         {{named("B"), 2}, {0, 1}, {0, 1}}}) {
    const Extents from = way.shape.bind(case_sizes());
    Extents to = from;
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += way.before[i] + way.after[i];
    OperationCase one = {.operation = "pad",
                         .label = to_string(way.shape) + " before " + to_string(AttributeValue(way.before)) +
                                  " after " + to_string(AttributeValue(way.after)),
                         .arguments = {{way.shape}},
                         .build = [way](Graph&, std::span<const Value> x) -> std::vector<Value> {
                           return {pad(x[0], way.before, way.after, way.value)};
                         }};
    one.formula = [way, to](std::span<const Array> x) {
      std::vector<double> numbers;
      for_each_index(to, [&](const Extents& index) {
        Extents source = index;
        bool inside = true;
        for (std::size_t i = 0; i < source.size(); ++i) {
          source[i] -= way.before[i];
          inside = inside && source[i] >= 0 && source[i] < x[0].extents[i];
        }
        numbers.push_back(inside ? x[0].numbers[place(x[0].extents, source)] : way.value);
      });
      return numbers;
    };
    cases.push_back(std::move(one));
  }
}

// The parts one after the other along the axis.
std::vector<double> joined(std::span<const Array> parts, std::size_t axis) {
  Extents to = parts[0].extents;
  to[axis] = 0;
  for (const Array& part : parts) to[axis] += part.extents[axis];
  std::vector<double> numbers;
  for_each_index(to, [&](const Extents& index) {
    Extents source = index;
    std::size_t which = 0;
    while (source[axis] >= parts[which].extents[axis]) source[axis] -= parts[which++].extents[axis];
    numbers.push_back(parts[which].numbers[place(parts[which].extents, source)]);
  });
  return numbers;
}

void add_concat(std::vector<OperationCase>& cases) {
  const Dim B = named("B");
  const std::vector<std::pair<std::vector<Shape>, int>> ways = {{{{2, 3}, {1, 3}}, 0}, {{{2, 1}, {2, 2}, {2, 3}}, -1},
                                                                {{{2}, {0}, {3}}, 0},  {{{2, 2}, {2, 2}}, 0},
                                                                {{{2, 2}, {2, 2}}, 1}, {{{3}}, 0},
                                                                {{{B, 2}, {B, 1}}, 1}, {{{2, 1, 2}, {2, 2, 2}}, -2}};
  for (const auto& [shapes, axis] : ways) {
    OperationCase one = {
        .operation = "concat",
        .build = [axis = axis](Graph&, std::span<const Value> x) -> std::vector<Value> { return {concat(x, axis)}; }};
    for (const Shape& shape : shapes) one.arguments.push_back({shape});
    one.label = shapes_label(one.arguments) + " axis " + std::to_string(axis);
    one.formula = [axis = axis](std::span<const Array> x) {
      return joined(x, static_cast<std::size_t>(wrap(axis, static_cast<std::int64_t>(x[0].extents.size()))));
    };
    cases.push_back(std::move(one));
  }
}

void add_split(std::vector<OperationCase>& cases) {
  const std::vector<std::tuple<Shape, int, Integers>> ways = {
      {{4, 2}, 0, {1, 3}}, {{2, 6}, -1, {1, 2, 3}},      {{3}, 0, {3}},      {{3}, 0, {1, 0, 2}},
      {{4, 2}, 0, {2, 2}}, {{named("B"), 3}, 1, {2, 1}}, {{0, 2}, 1, {1, 1}}};
  for (const auto& [shape, axis, sizes] : ways) {
    OperationCase one = {
        .operation = "split",
        .label = to_string(shape) + " axis " + std::to_string(axis) + " into " + to_string(AttributeValue(sizes)),
        .arguments = {{shape}},
        .build = [axis = axis, sizes = sizes](Graph&, std::span<const Value> x) { return split(x[0], axis, sizes); }};
    one.formula = [axis = static_cast<std::size_t>(wrap(axis, shape.rank())), sizes = sizes](std::span<const Array> x) {
      std::vector<double> numbers;
      std::int64_t begin = 0;
      for (const std::int64_t size : sizes) {
        Extents part = x[0].extents;
        part[axis] = size;
        for_each_index(part, [&](Extents index) {
          index[axis] += begin;
          numbers.push_back(x[0].numbers[place(x[0].extents, index)]);
        });
        begin += size;
      }
      return numbers;
    };
    cases.push_back(std::move(one));
  }
}

}  // namespace

void add_shape_cases(std::vector<OperationCase>& cases) {
  add_broadcast(cases);
  add_reshape(cases);
  add_transpose(cases);
  add_slice(cases);
  add_pad(cases);
  add_concat(cases);
  add_split(cases);
}

}  // namespace backprop::evidence
