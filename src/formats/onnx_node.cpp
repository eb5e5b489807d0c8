#include "formats/onnx_node.hpp"

#include <charconv>
#include <cmath>

#include "formats/onnx_tensor.hpp"
#include "onnx.pb.h"

namespace backprop {

using backprop_onnx::AttributeProto;

namespace {

Tensor integer_tensor(const std::vector<Dim>& dims, int rank) {
  std::vector<std::int64_t> numbers;
  numbers.reserve(dims.size());
  for (const Dim& dim : dims) numbers.push_back(dim.number());
  return Tensor::from<std::int64_t>(rank == 0 ? Extents{} : Extents{static_cast<std::int64_t>(numbers.size())},
                                    numbers);
}

Value constant_value(Graph& graph, const Tensor& tensor) {
  if (tensor.extents().empty()) {
    const double number = to_doubles(tensor)[0];
    if (is_floating(tensor.dtype()) || std::abs(number) < 0x1p53) return graph.constant(number, tensor.dtype());
  }
  return graph.constant(tensor);
}

}  // namespace

Item dims_item(std::vector<Dim> dims, int rank) {
  Item item;
  bool numbers = true;
  for (const Dim& dim : dims) numbers = numbers && dim.is_number();
  if (numbers) item.tensor = std::make_shared<const Tensor>(integer_tensor(dims, rank));
  item.dims = std::move(dims);
  item.rank = rank;
  return item;
}

Value materialise(Graph& graph, Item& item, StateStore& store) {
  if (item.value.valid()) return item.value;
  if (item.state) {
    store.require(*item.state).tensor = *item.tensor;
    item.value = graph.state(*item.state);
  } else if (item.tensor) {
    item.value = constant_value(graph, *item.tensor);
  } else if (item.dims) {
    std::vector<Value> parts;
    for (const Dim& dim : *item.dims) {
      const Value number = graph.dimension(dim, DType::int64);
      parts.push_back(item.rank == 0 ? number : reshape(number, Shape{1}));
    }
    item.value = item.rank == 0 || parts.size() == 1 ? parts.at(0) : concat(parts, 0);
  } else {
    throw Error("an input was never given");
  }
  return item.value;
}

int Node::outputs() const {
  int n = 0;
  for (int i = 0; i < proto_.output_size(); ++i) {
    if (!proto_.output(i).empty()) n = i + 1;
  }
  return n;
}
bool Node::wants(int output) const { return output < proto_.output_size() && !proto_.output(output).empty(); }
bool Node::has(int input) const { return input < inputs() && inputs_[static_cast<std::size_t>(input)] != nullptr; }
const std::string& Node::type() const { return proto_.op_type(); }

const Item& Node::item(int input) const {
  refuse(!has(input), "input " + std::to_string(input) + " is missing");
  return *inputs_[static_cast<std::size_t>(input)];
}

Value Node::value(int input) {
  refuse(item(input).is_text, "input " + std::to_string(input) + " is text");
  return materialise(graph, *inputs_[static_cast<std::size_t>(input)], store_);
}

std::vector<Value> Node::values() {
  std::vector<Value> all;
  all.reserve(inputs_.size());
  for (int i = 0; i < inputs(); ++i) all.push_back(value(i));
  return all;
}

std::vector<Dim> Node::dims(int input) const {
  const Item& given = item(input);
  if (given.dims) return *given.dims;
  refuse(!given.tensor, "input " + std::to_string(input) + " must be known when the model is read");
  refuse(!is_integer(given.tensor->dtype()) || given.tensor->extents().size() > 1,
         "input " + std::to_string(input) + " must be a list of integers");
  std::vector<Dim> dims;
  if (given.tensor->dtype() == DType::int64) {
    for (const std::int64_t n : given.tensor->as<std::int64_t>()) dims.emplace_back(n);
  } else {
    for (const std::int32_t n : given.tensor->as<std::int32_t>()) dims.emplace_back(n);
  }
  return dims;
}

Integers Node::integers(int input) const {
  Integers numbers;
  for (const Dim& dim : dims(input)) numbers.push_back(dim.number());
  return numbers;
}

std::int64_t Node::integer(int input) const {
  const Integers numbers = integers(input);
  refuse(numbers.size() != 1, "input " + std::to_string(input) + " must be one integer");
  return numbers[0];
}

double Node::number(int input) const {
  const Item& given = item(input);
  if (!given.tensor) return static_cast<double>(integer(input));
  refuse(given.tensor->size() != 1, "input " + std::to_string(input) + " must be one number");
  return to_doubles(*given.tensor)[0];
}

const AttributeProto* Node::find(std::string_view name) const {
  for (const AttributeProto& attribute : proto_.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

const AttributeProto& Node::find(std::string_view name, int type) const {
  const AttributeProto* attribute = find(name);
  refuse(!attribute, "attribute '" + std::string(name) + "' is missing");
  // Files of the first years leave the type out.
  refuse(attribute->type() != type && attribute->type() != AttributeProto::UNDEFINED,
         "attribute '" + std::string(name) + "' is of another type");
  return *attribute;
}

std::int64_t Node::integer(std::string_view name) const { return find(name, AttributeProto::INT).i(); }
std::int64_t Node::integer(std::string_view name, std::int64_t otherwise) const {
  return has(name) ? integer(name) : otherwise;
}
double Node::number(std::string_view name, double otherwise) const {
  if (!has(name)) return otherwise;
  // The shortest decimal of the file's float32 is meant: 0.01, not 0.00999999977.
  char text[32];
  const char* end = std::to_chars(text, text + sizeof text, find(name, AttributeProto::FLOAT).f()).ptr;
  double number = 0;
  std::from_chars(text, end, number);
  return number;
}
std::string Node::text(std::string_view name, std::string_view otherwise) const {
  return has(name) ? find(name, AttributeProto::STRING).s() : std::string(otherwise);
}
Integers Node::integers(std::string_view name) const {
  const AttributeProto& attribute = find(name, AttributeProto::INTS);
  return {attribute.ints().begin(), attribute.ints().end()};
}
std::vector<double> Node::numbers(std::string_view name) const {
  const AttributeProto& attribute = find(name, AttributeProto::FLOATS);
  return {attribute.floats().begin(), attribute.floats().end()};
}
std::vector<std::string> Node::texts(std::string_view name) const {
  const AttributeProto& attribute = find(name, AttributeProto::STRINGS);
  return {attribute.strings().begin(), attribute.strings().end()};
}
Tensor Node::tensor(std::string_view name) const { return read_tensor(find(name, AttributeProto::TENSOR).t()); }

std::optional<Integers> Node::integers(std::string_view name, int input) const {
  if (has(name)) return integers(name);
  if (has(input)) return integers(input);
  return std::nullopt;
}

std::vector<std::string> Node::attribute_names() const {
  std::vector<std::string> names;
  for (const AttributeProto& attribute : proto_.attribute()) names.push_back(attribute.name());
  return names;
}

}  // namespace backprop
