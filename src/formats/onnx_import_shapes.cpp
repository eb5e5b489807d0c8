// ONNX's operators on shapes. Integers that follow from shapes are kept as dimensions, so that a reshape by computed
// numbers keeps its named sizes.
#include <algorithm>
#include <set>

#include "formats/onnx_node.hpp"
#include "formats/onnx_tensor.hpp"

namespace backprop {
namespace {

Dim product(std::span<const Dim> dims) {
  Dim n(1);
  for (const Dim& dim : dims) n = n * dim;
  return n;
}

Items shape_of(Node& node) {
  const Shape& shape = node.value(0).shape();
  const std::int64_t rank = shape.rank();
  const auto limit = [&](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? i + rank : i, 0, rank); };
  const std::int64_t start = limit(node.integer("start", 0)), end = limit(node.integer("end", rank));
  std::vector<Dim> dims;
  for (std::int64_t i = start; i < end; ++i) dims.push_back(shape[static_cast<int>(i)]);
  return {dims_item(std::move(dims))};
}

Items size_of_value(Node& node) { return {dims_item({node.value(0).shape().elements()}, 0)}; }

Items constant(Node& node) {
  if (node.has("value")) return {Item(std::make_shared<const Tensor>(node.tensor("value")))};
  const auto give = [](Tensor tensor) -> Items { return {Item(std::make_shared<const Tensor>(std::move(tensor)))}; };
  if (node.has("value_int")) return give(Tensor::scalar(node.integer("value_int")));
  if (node.has("value_float")) return give(Tensor::scalar(static_cast<float>(node.number("value_float", 0))));
  if (node.has("value_ints")) {
    const Integers list = node.integers("value_ints");
    return give(Tensor::from<std::int64_t>({static_cast<std::int64_t>(list.size())}, list));
  }
  if (node.has("value_floats")) {
    const std::vector<double> list = node.numbers("value_floats");
    const std::vector<float> floats(list.begin(), list.end());
    return give(Tensor::from<float>({static_cast<std::int64_t>(floats.size())}, floats));
  }
  throw Error("only dense tensors and numbers are read as constants");
}

Items constant_of_shape(Node& node) {
  const std::vector<Dim> dims = node.dims(0);
  const Tensor value = node.has("value") ? node.tensor("value") : Tensor::scalar(0.0F);
  refuse(value.size() != 1, "the value must be one element");
  for (const Dim& dim : dims) refuse(dim.factor() < 0, "negative extent in " + to_string(Shape(dims)));
  if (value.dtype() == DType::int64 && dims.size() == 1 && dims[0].is_number() && dims[0].number() <= 32) {
    return {dims_item(std::vector<Dim>(static_cast<std::size_t>(dims[0].number()), Dim(value.as<std::int64_t>()[0])))};
  }
  return {node.graph.constant(to_doubles(value)[0], value.dtype(), Shape(dims))};
}

// 0 copies a dimension (unless allowzero), one -1 takes what is left.
Items reshape_to(Node& node) {
  std::vector<Dim> dims = node.dims(1);
  const Item& given = node.item(0);
  if (given.dims && dims.size() <= 1 && (dims.empty() || dims[0] == Dim(-1))) {
    Item item = given;
    return {dims_item(*item.dims, static_cast<int>(dims.size()))};
  }
  const Value x = node.value(0);
  const bool copy_zeros = node.integer("allowzero", 0) == 0;
  int rest = -1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == Dim(0) && copy_zeros) {
      refuse(static_cast<int>(i) >= x.shape().rank(), "extent 0 copies an axis that the input does not have");
      dims[i] = x.shape()[static_cast<int>(i)];
    } else if (dims[i] == Dim(-1)) {
      refuse(rest >= 0, "the shape has more than one -1");
      rest = static_cast<int>(i);
    } else {
      refuse(dims[i].factor() < 0, "negative extent in the shape");
    }
  }
  if (rest >= 0) {
    dims[static_cast<std::size_t>(rest)] = Dim(1);
    dims[static_cast<std::size_t>(rest)] = divide(x.shape().elements(), product(dims));
  }
  return {reshape(x, Shape(dims))};
}

Items flatten(Node& node) {
  const Value x = node.value(0);
  const int rank = x.shape().rank();
  const std::int64_t axis = node.integer("axis", 1);
  refuse(axis < -rank || axis > rank, "axis " + std::to_string(axis) + " is out of range");
  const auto split = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
  const std::span<const Dim> dims(x.shape().dims());
  return {reshape(x, Shape{product(dims.first(split)), product(dims.subspan(split))})};
}

Items squeeze(Node& node) {
  const auto axes = node.integers("axes", 1);
  const Item& given = node.item(0);
  if (given.dims && given.rank == 1) {
    refuse(given.dims->size() != 1, "the axis to squeeze is not 1");
    return {dims_item(*given.dims, 0)};
  }
  const Value x = node.value(0);
  std::set<int> drop;
  for (int i = 0; i < x.shape().rank() && !axes; ++i) {
    if (x.shape()[i] == Dim(1)) drop.insert(i);
  }
  for (const std::int64_t axis : axes.value_or(Integers{})) {
    drop.insert(normalise_axis(axis, x.shape().rank(), "Squeeze"));
  }
  std::vector<Dim> dims;
  for (int i = 0; i < x.shape().rank(); ++i) {
    if (!drop.contains(i)) {
      dims.push_back(x.shape()[i]);
    } else {
      refuse(!(x.shape()[i] == Dim(1)), "axis " + std::to_string(i) + " of " + to_string(x.shape()) + " is not 1");
    }
  }
  return {reshape(x, Shape(dims))};
}

Items unsqueeze(Node& node) {
  const auto axes = node.integers("axes", 1);
  refuse(!axes, "the axes are missing");
  const Item& given = node.item(0);
  if (given.dims && given.rank == 0 && axes->size() == 1) return {dims_item(*given.dims, 1)};
  const Value x = node.value(0);
  refuse(axes->size() > 32, "too many axes");
  const int rank = x.shape().rank() + static_cast<int>(axes->size());
  std::set<int> added;
  for (const std::int64_t axis : *axes) added.insert(normalise_axis(axis, rank, "Unsqueeze"));
  refuse(added.size() != axes->size(), "an axis stands twice");
  std::vector<Dim> dims;
  for (int i = 0, from = 0; i < rank; ++i) dims.push_back(added.contains(i) ? Dim(1) : x.shape()[from++]);
  return {reshape(x, Shape(dims))};
}

Items expand(Node& node) {
  const Value x = node.value(0);
  const Shape shape = broadcast_shapes(x.shape(), Shape(node.dims(1)), "Expand");
  return {broadcast(x, shape)};
}

Items tile(Node& node) {
  const Value x = node.value(0);
  const std::vector<Dim> repeats = node.dims(1);
  refuse(static_cast<int>(repeats.size()) != x.shape().rank(), "one number of repeats an axis is needed");
  std::vector<Dim> apart, wide, result;  // [1, n] -> [r, n] -> [r n] for each axis
  for (int i = 0; i < x.shape().rank(); ++i) {
    const Dim& n = x.shape()[i];
    const Dim& r = repeats[static_cast<std::size_t>(i)];
    refuse(r.factor() < 0, "a negative number of repeats");
    apart.insert(apart.end(), {Dim(1), n});
    wide.insert(wide.end(), {r, n});
    result.push_back(r * n);
  }
  return {reshape(broadcast(reshape(x, Shape(apart)), Shape(wide)), Shape(result))};
}

Items transpose_axes(Node& node) {
  return {transpose(node.value(0), node.has("perm") ? node.integers("perm") : Integers{})};
}

Items concat_parts(Node& node) {
  std::vector<Dim> dims;
  bool known = true;
  for (int i = 0; i < node.inputs() && known; ++i) {
    const Item& part = node.item(i);
    known = part.dims && part.rank == 1;
    if (!known) break;
    for (const Dim& dim : node.dims(i)) dims.push_back(dim);
    known = dims.size() <= 32;
  }
  if (known && node.inputs() > 0) return {dims_item(std::move(dims))};
  const std::vector<Value> parts = node.values();
  refuse(parts.empty(), "has no inputs");
  return {concat(parts, normalise_axis(node.integer("axis", 1), parts[0].shape().rank(), "Concat"))};
}

Items split_parts(Node& node) {
  const Value x = node.value(0);
  const int axis = normalise_axis(node.integer("axis", 0), x.shape().rank(), "Split");
  const std::int64_t parts = node.outputs();
  Integers sizes = node.integers("split", 1).value_or(Integers{});
  if (sizes.empty()) {
    const std::int64_t n = x.shape()[axis].number();
    const std::int64_t given = node.integer("num_outputs", parts);
    refuse(given < 1 || given > std::max<std::int64_t>(n, 1) || given < parts, "wrong number of outputs");
    const std::int64_t each = (n + given - 1) / given;
    std::int64_t left = n;
    for (std::int64_t i = 0; i < given; ++i, left -= each) sizes.push_back(std::clamp<std::int64_t>(left, 0, each));
  }
  Items items;
  for (const Value& part : split(x, axis, sizes)) items.emplace_back(part);
  return items;
}

Items slice_axes(Node& node) {
  const bool attributes = node.has("starts");
  const Integers starts = attributes ? node.integers("starts") : node.integers(1);
  const Integers ends = attributes ? node.integers("ends") : node.integers(2);
  std::optional<Integers> axes = node.integers("axes", 3);
  const Integers steps = node.has(4) ? node.integers(4) : Integers(starts.size(), 1);
  if (!axes) {
    axes.emplace();
    for (std::size_t i = 0; i < starts.size(); ++i) axes->push_back(static_cast<std::int64_t>(i));
  }
  refuse(ends.size() != starts.size() || axes->size() != starts.size() || steps.size() != starts.size(),
         "starts, ends, axes and steps differ in number");
  const Item& given = node.item(0);
  if (given.dims && given.rank == 1 && starts.size() == 1 && steps[0] == 1) {
    const auto n = static_cast<std::int64_t>(given.dims->size());
    const auto at = [&](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? i + n : i, 0, n); };
    const std::int64_t begin = at(starts[0]), end = std::max(begin, at(ends[0]));
    return {dims_item({given.dims->begin() + begin, given.dims->begin() + end})};
  }
  Value x = node.value(0);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const int axis = normalise_axis((*axes)[i], x.shape().rank(), "Slice");
    const std::int64_t step = steps[i];
    refuse(step == 0, "a step is 0");
    if (step == 1 && starts[i] == 0 && ends[i] >= INT32_MAX) continue;  // all of it, whatever its size
    const std::int64_t n = x.shape()[axis].number();
    const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? n : n - 1;
    const auto at = [&](std::int64_t p) {
      return std::clamp<std::int64_t>(p < 0 ? std::max(p + n, low) : p, low, high);
    };
    const std::int64_t begin = at(starts[i]), end = at(ends[i]);
    if (step == 1) {
      x = slice(x, axis, begin, std::max(begin, end));
      continue;
    }
    refuse(n > maximum_constant, "an axis of " + std::to_string(n) + " is too long for a step");
    Integers indices;
    for (std::int64_t p = begin; step > 0 ? p < end : p > end; p += std::clamp(step, -n - 1, n + 1))
      indices.push_back(p);
    x = gather(x, node.graph.constant(Tensor::from<std::int64_t>({static_cast<std::int64_t>(indices.size())}, indices)),
               axis);
  }
  return {x};
}

Items pad_axes(Node& node) {
  refuse(node.text("mode", "constant") != "constant", "only the mode 'constant' is read");
  const Value x = node.value(0);
  const int rank = x.shape().rank();
  const Integers pads = node.has("pads") ? node.integers("pads") : node.integers(1);
  Integers axes;
  if (node.has(3)) {
    axes = node.integers(3);
  } else {
    for (int i = 0; i < rank; ++i) axes.push_back(i);
  }
  refuse(pads.size() != 2 * axes.size(), "two numbers an axis are needed");
  Integers before(static_cast<std::size_t>(rank), 0), after = before;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(normalise_axis(axes[i], rank, "Pad"));
    before[axis] = pads[i];
    after[axis] = pads[i + axes.size()];
  }
  return {pad(x, before, after, node.has(2) ? node.number(2) : node.number("value", 0))};
}

constexpr ImportRule shape_rules[] = {
    {"Shape", shape_of},
    {"Size", size_of_value},
    {"Constant", constant},
    {"ConstantOfShape", constant_of_shape},
    {"Reshape", reshape_to},
    {"Flatten", flatten},
    {"Squeeze", squeeze},
    {"Unsqueeze", unsqueeze},
    {"Expand", expand},
    {"Tile", tile},
    {"Transpose", transpose_axes},
    {"Concat", concat_parts},
    {"Split", split_parts},
    {"Slice", slice_axes},
    {"Pad", pad_axes},
};

}  // namespace

std::span<const ImportRule> shape_import_rules() { return shape_rules; }

}  // namespace backprop
