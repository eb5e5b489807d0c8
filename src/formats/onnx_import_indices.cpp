// ONNX's operators on indices and coordinates.
#include <algorithm>
#include <cmath>

#include "formats/onnx_node.hpp"

namespace backprop {
namespace {

// ONNX counts a negative index from the end of an axis of n.
Value from_end(Value indices, const Dim& n) {
  const Value zero = scalar_like(indices, 0);
  return where(less(indices, zero), indices + indices.graph->dimension(n, indices.dtype()), indices);
}

Items gather_slices(Node& node) {
  const Item& given = node.item(0);
  const Item& index = node.item(1);
  if (given.dims && given.rank == 1 && index.tensor && index.tensor->extents().size() <= 1) {
    std::vector<Dim> dims;
    for (std::int64_t i : node.integers(1)) {
      const auto n = static_cast<std::int64_t>(given.dims->size());
      if (i < 0) i += n;
      refuse(i < 0 || i >= n, "index out of range");
      dims.push_back((*given.dims)[static_cast<std::size_t>(i)]);
    }
    return {dims_item(std::move(dims), static_cast<int>(index.tensor->extents().size()))};
  }
  const Value x = node.value(0);
  const int axis = normalise_axis(node.integer("axis", 0), x.shape().rank(), "Gather");
  return {gather(x, node.value(1), axis)};  // ours counts from the end too
}

Dim elements_after(const Shape& shape, int axis) {
  Dim n(1);
  for (int i = axis + 1; i < shape.rank(); ++i) n = n * shape[i];
  return n;
}

// The row-major position in an array of `shape` of each element that `indices` picks along `axis`.
Value positions(Value indices, const Shape& shape, int axis) {
  Graph& graph = *indices.graph;
  Value position;
  for (int i = 0; i < shape.rank(); ++i) {
    const Value coordinate = i == axis ? cast(indices, DType::int64) : range(graph, indices.shape(), i);
    const Value term = coordinate * graph.dimension(elements_after(shape, i), DType::int64);
    position = position.valid() ? position + term : term;
  }
  return position;
}

Items gather_elements(Node& node) {
  const Value x = node.value(0);
  const int axis = normalise_axis(node.integer("axis", 0), x.shape().rank(), "GatherElements");
  const Value indices = from_end(node.value(1), x.shape()[axis]);
  refuse(indices.shape().rank() != x.shape().rank(), "data and indices differ in rank");
  return {gather(reshape(x, Shape{x.shape().elements()}), positions(indices, x.shape(), axis))};
}

// data with updates written or added at positions along axis 0; where indices repeat, writing is not defined.
Value scatter_into(Node& node, Value data, Value indices, Value updates) {
  const std::string reduction = node.text("reduction", "none");
  const Value added = scatter_add(updates, indices, data.shape()[0]);
  if (reduction == "add") return data + added;
  refuse(reduction != "none", "only the reductions 'none' and 'add' are read");
  const Value ones = broadcast(scalar_like(updates, 1), updates.shape());
  const Value written = scatter_add(ones, indices, data.shape()[0]);
  return where(greater(written, scalar_like(written, 0)), added, data);
}

Items scatter_elements(Node& node) {
  const Value x = node.value(0), updates = node.value(2);
  const int axis = normalise_axis(node.integer("axis", 0), x.shape().rank(), "ScatterElements");
  const Value indices = from_end(node.value(1), x.shape()[axis]);
  refuse(indices.shape().rank() != x.shape().rank(), "data and indices differ in rank");
  const Value result =
      scatter_into(node, reshape(x, Shape{x.shape().elements()}), positions(indices, x.shape(), axis), updates);
  return {reshape(result, x.shape())};
}

// The last axis of the indices addresses the leading axes of the data.
Value leading_positions(Node& node, const Shape& shape, int leading) {
  const Value indices = cast(node.value(1), DType::int64);
  const int last = indices.shape().rank() - 1;
  std::vector<Dim> picked(indices.shape().begin(), indices.shape().end() - 1);
  Value position;
  Dim stride(1);
  for (int i = leading - 1; i >= 0; --i) {
    const Value column = reshape(slice(indices, last, i, i + 1), Shape(picked));
    const Value term = from_end(column, shape[i]) * node.graph.dimension(stride, DType::int64);
    position = position.valid() ? position + term : term;
    stride = stride * shape[i];
  }
  return position;
}

struct Leading {
  int count;
  Shape flat;  // the leading axes as one
};
Leading leading_axes(const Shape& shape, const Shape& indices) {
  refuse(indices.rank() < 1, "indices must have an axis");
  const std::int64_t n = indices[indices.rank() - 1].number();
  refuse(n < 1 || n > shape.rank(), "the indices address " + std::to_string(n) + " axes of " + to_string(shape));
  std::vector<Dim> flat{Dim(1)};
  for (int i = 0; i < shape.rank(); ++i) {
    if (i < n) {
      flat[0] = flat[0] * shape[i];
    } else {
      flat.push_back(shape[i]);
    }
  }
  return {static_cast<int>(n), Shape(flat)};
}

Items scatter_slices(Node& node) {
  const Value x = node.value(0);
  const Leading leading = leading_axes(x.shape(), node.value(1).shape());
  const Value result =
      scatter_into(node, reshape(x, leading.flat), leading_positions(node, x.shape(), leading.count), node.value(2));
  return {reshape(result, x.shape())};
}

Items gather_slices_at(Node& node) {
  refuse(node.integer("batch_dims", 0) != 0, "batch_dims is not read");
  const Value x = node.value(0);
  const Leading leading = leading_axes(x.shape(), node.value(1).shape());
  return {gather(reshape(x, leading.flat), leading_positions(node, x.shape(), leading.count))};
}

Items one_hot_between(Node& node) {
  Value indices = node.value(0);
  if (is_floating(indices.dtype())) indices = cast(indices, DType::int64);
  const std::int64_t depth = node.item(1).tensor ? static_cast<std::int64_t>(node.number(1)) : node.integer(1);
  refuse(depth < 1 || depth > maximum_constant, "depth " + std::to_string(depth) + " is out of range");
  const int rank = indices.shape().rank();
  const int axis = normalise_axis(node.integer("axis", -1), rank + 1, "OneHot");
  const auto known = node.item(2).tensor;
  if (known && axis == rank && to_doubles(*known) == std::vector<double>{0, 1}) {
    return {one_hot(indices, depth, known->dtype())};
  }
  const Value values = node.value(2);
  refuse(!(values.shape() == Shape{2}), "the values must be two");
  std::vector<Dim> column(indices.shape().begin(), indices.shape().end());
  column.insert(column.begin() + axis, Dim(1));
  std::vector<Dim> wide = column;
  wide[static_cast<std::size_t>(axis)] = Dim(depth);
  const Value at = reshape(cast(from_end(indices, Dim(depth)), DType::int64), Shape(column));
  const Value hot = equal(broadcast(at, Shape(wide)), range(node.graph, Shape(wide), axis));
  const auto pick = [&](int i) { return broadcast(reshape(slice(values, 0, i, i + 1), {}), Shape(wide)); };
  return {where(hot, pick(1), pick(0))};
}

Items count_up(Node& node) {
  const bool integers = node.item(1).dims || (node.item(1).tensor && is_integer(node.item(1).tensor->dtype()));
  if (integers && node.integer(0) == 0 && node.integer(2) == 1) {
    const Dim n = node.dims(1).at(0);
    refuse(n.factor() < 0, "a negative limit");
    return {range(node.graph, Shape{n}, 0)};
  }
  const double start = node.number(0), limit = node.number(1), step = node.number(2);
  const double n = step == 0 ? -1 : std::max(0.0, std::ceil((limit - start) / step));
  refuse(!(n >= 0 && n <= static_cast<double>(maximum_constant)), "the number of elements is out of range");
  Tensor numbers(DType::float64, {static_cast<std::int64_t>(n)});
  for (std::int64_t i = 0; i < numbers.size(); ++i) {
    numbers.as<double>()[static_cast<std::size_t>(i)] = start + static_cast<double>(i) * step;
  }
  return {Item(std::make_shared<const Tensor>(convert(numbers, node.value(0).dtype())))};
}

// The triangle of the last two axes above (or below) the k-th diagonal; zero elsewhere.
Items triangle(Node& node) {
  const Value x = node.value(0);
  const int rank = x.shape().rank();
  refuse(rank < 2, "needs two axes");
  const Shape plane{x.shape()[rank - 2], x.shape()[rank - 1]};
  const std::int64_t k = node.has(1) ? node.integer(1) : 0;
  const Value distance = range(node.graph, plane, 1) - range(node.graph, plane, 0);
  const Value limit = node.graph.constant(static_cast<double>(k), DType::int64);
  const Value inside = node.integer("upper", 1) != 0 ? greater_equal(distance, broadcast(limit, plane))
                                                     : less_equal(distance, broadcast(limit, plane));
  return {where(inside, x, scalar_like(x, 0))};
}

constexpr ImportRule index_rules[] = {
    {"Gather", gather_slices},
    {"GatherElements", gather_elements},
    {"GatherND", gather_slices_at},
    {"ScatterElements", scatter_elements},
    {"ScatterND", scatter_slices},
    {"OneHot", one_hot_between},
    {"Range", count_up},
    {"Trilu", triangle},
};

}  // namespace

std::span<const ImportRule> index_import_rules() { return index_rules; }

}  // namespace backprop
