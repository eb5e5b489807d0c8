// Cases of what reads or writes by index: gather, scatter_add, one_hot, range.
#include "evidence/case_parts.hpp"

namespace backprop::evidence {
namespace {

// Indices 0 .. size-1 with repetitions, as an argument.
Argument indices(const Shape& shape, std::vector<double> numbers, DType dtype = int64) {
  return {shape, {.exactly = std::move(numbers)}, dtype};
}

// x's slice at indices[...] for every index: [before..., indices' axes..., after...].
std::vector<double> gathered(const Array& x, const Array& at, std::size_t axis) {
  Extents to(x.extents.begin(), x.extents.begin() + static_cast<std::ptrdiff_t>(axis));
  to.insert(to.end(), at.extents.begin(), at.extents.end());
  to.insert(to.end(), x.extents.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.extents.end());
  std::vector<double> numbers;
  for_each_index(to, [&](const Extents& index) {
    const auto middle = index.begin() + static_cast<std::ptrdiff_t>(axis);
    const auto after = middle + static_cast<std::ptrdiff_t>(at.extents.size());
    Extents source(index.begin(), middle);
    source.push_back(static_cast<std::int64_t>(at.numbers[place(at.extents, Extents(middle, after))]));
    source.insert(source.end(), after, index.end());
    numbers.push_back(x.numbers[place(x.extents, source)]);
  });
  return numbers;
}

void add_gather(std::vector<OperationCase>& cases) {
  const Dim B = named("B");
  const std::vector<std::tuple<Shape, Argument, int>> ways = {{{4, 2}, indices({3}, {0, 3, 0}), 0},
                                                              {{2, 4}, indices({2, 2}, {1, 1, 3, 0}), 1},
                                                              {{2, 4}, indices({}, {2}), -1},
                                                              {{3}, indices({B}, {2, 2, 0}), 0},
                                                              {{B, 2}, indices({2}, {1, 0}), 1},
                                                              {{3, 2}, indices({0}, {}), 0},
                                                              {{3, 3}, indices({3}, {2, 0, 0}, int32), 0},
                                                              {{1, 2}, indices({2}, {0, 0}), 0},
                                                              {{2, 3, 2}, indices({2}, {2, 0}, int32), -2}};
  for (const auto& [shape, at, axis] : ways) {
    OperationCase one = {.operation = "gather",
                         .arguments = {{shape}, at},
                         .build = [axis = axis](Graph&, std::span<const Value> x) -> std::vector<Value> {
                           return {gather(x[0], x[1], axis)};
                         }};
    one.label = shapes_label(one.arguments) + " axis " + std::to_string(axis);
    one.formula = [axis = static_cast<std::size_t>(axis < 0 ? axis + shape.rank() : axis)](std::span<const Array> x) {
      return gathered(x[0], x[1], axis);
    };
    cases.push_back(std::move(one));
  }
}

void add_scatter_add(std::vector<OperationCase>& cases) {
  const Dim B = named("B");
  const std::vector<std::tuple<Shape, Argument, Dim, int>> ways = {
      {{3, 2}, indices({3}, {0, 3, 0}), Dim(4), 0},
      {{2, 2, 2}, indices({2, 2}, {1, 1, 3, 0}), Dim(4), 0},
      {{2, 3}, indices({3}, {2, 2, 0}), Dim(3), 1},
      {{2}, indices({}, {1}), Dim(3), 0},
      {{B}, indices({B}, {1, 0, 1}, int32), Dim(2), 0},
      {{2, 2}, indices({2}, {2, 0}), B, 0},
      {{0, 2}, indices({0}, {}), Dim(3), 0},
      {{2, 3}, indices({3}, {0, 0, 0}, int32), Dim(1), -1}};
  for (const auto& [shape, at, size, axis] : ways) {
    OperationCase one = {.operation = "scatter_add",
                         .arguments = {{shape}, at},
                         .build = [size = size, axis = axis](Graph&, std::span<const Value> x) -> std::vector<Value> {
                           return {scatter_add(x[0], x[1], size, axis)};
                         }};
    one.label = shapes_label(one.arguments) + " axis " + std::to_string(axis) + " of " + to_string(size);
    const int rank = shape.rank() - at.shape.rank() + 1;
    // The transpose of gather: what gather reads at an index, scatter_add adds there.
    one.formula = [size = size.bind(case_sizes()),
                   axis = static_cast<std::size_t>(axis < 0 ? axis + rank : axis)](std::span<const Array> x) {
      Extents to(x[0].extents.begin(), x[0].extents.begin() + static_cast<std::ptrdiff_t>(axis));
      to.push_back(size);
      to.insert(to.end(), x[0].extents.begin() + static_cast<std::ptrdiff_t>(axis + x[1].extents.size()),
                x[0].extents.end());
      Array places = {to, {}};
      for (std::int64_t i = 0; i < count(to); ++i) places.numbers.push_back(static_cast<double>(i));
      const std::vector<double> targets = gathered(places, x[1], axis);
      std::vector<double> numbers(places.numbers.size(), 0.0);
      for (std::size_t i = 0; i < targets.size(); ++i) numbers[static_cast<std::size_t>(targets[i])] += x[0].numbers[i];
      return numbers;
    };
    cases.push_back(std::move(one));
  }
}

void add_one_hot(std::vector<OperationCase>& cases) {
  for (const Argument& at : {indices({4}, {0, 2, 2, 1}), indices({2, 2}, {0, 1, 2, 2}, int32), indices({}, {1}),
                             indices({0}, {}), indices({named("B")}, {0, 2, 1})}) {
    cases.push_back(
        {.operation = "one_hot",
         .label = to_string(at.shape),
         .arguments = {at},
         .build = [](Graph&, std::span<const Value> x) -> std::vector<Value> { return {one_hot(x[0], 3, float64)}; },
         .formula =
             [](std::span<const Array> x) {
               std::vector<double> numbers;
               for (const double number : x[0].numbers) {
                 for (int k = 0; k < 3; ++k) numbers.push_back(number == k ? 1 : 0);
               }
               return numbers;
             }});
  }
}

void add_range(std::vector<OperationCase>& cases) {
  for (const auto& [shape, axis] :
       {std::pair<Shape, int>{{4}, 0}, {{2, 3}, -1}, {{2, 3}, 0}, {{named("B"), 2}, 0}, {{0}, 0}}) {
    const Extents extents = shape.bind(case_sizes());
    cases.push_back(
        {.operation = "range",
         .label = to_string(shape) + " axis " + std::to_string(axis),
         .build = [shape = shape, axis = axis](Graph& graph, std::span<const Value>) -> std::vector<Value> {
           return {range(graph, shape, axis)};
         },
         .formula =
             [extents, axis = static_cast<std::size_t>(axis < 0 ? axis + shape.rank() : axis)](std::span<const Array>) {
               std::vector<double> numbers;
               for_each_index(extents,
                              [&](const Extents& index) { numbers.push_back(static_cast<double>(index[axis])); });
               return numbers;
             }});
  }
}

}  // namespace

void add_index_cases(std::vector<OperationCase>& cases) {
  add_gather(cases);
  add_scatter_add(cases);
  add_one_hot(cases);
  add_range(cases);
}

}  // namespace backprop::evidence
