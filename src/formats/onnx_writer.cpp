#include "formats/onnx_writer.hpp"

#include "formats/onnx_tensor.hpp"
#include "onnx.pb.h"

namespace backprop {

using namespace backprop_onnx;

namespace {

void write_attribute(AttributeProto& proto, std::int64_t value) {
  proto.set_type(AttributeProto::INT);
  proto.set_i(value);
}
void write_attribute(AttributeProto& proto, float value) {
  proto.set_type(AttributeProto::FLOAT);
  proto.set_f(value);
}
void write_attribute(AttributeProto& proto, const Integers& value) {
  proto.set_type(AttributeProto::INTS);
  for (const std::int64_t i : value) proto.add_ints(i);
}
void write_attribute(AttributeProto& proto, const std::vector<float>& value) {
  proto.set_type(AttributeProto::FLOATS);
  for (const float x : value) proto.add_floats(x);
}
void write_attribute(AttributeProto& proto, const std::string& value) {
  proto.set_type(AttributeProto::STRING);
  proto.set_s(value);
}
void write_attribute(AttributeProto& proto, const Names& value) {
  proto.set_type(AttributeProto::STRINGS);
  for (const std::string& text : value) proto.add_strings(text);
}

}  // namespace

std::string OnnxWriter::unique(const std::string& wish) {
  std::string name = wish;
  while (!taken_.insert(name).second) name = wish + "_" + std::to_string(++counters_[wish]);
  return name;
}

const std::string& OnnxWriter::name_of(Index value) {
  const auto it = names_.find(value);
  if (it != names_.end()) return it->second;
  return names_[value] = unique("v" + std::to_string(value));
}

Names OnnxWriter::names_of(std::span<const Index> values) {
  Names names;
  for (const Index v : values) names.push_back(name_of(v));
  return names;
}

void OnnxWriter::write(const std::string& type, const Names& inputs, const Names& outputs,
                       const OnnxAttributes& attributes) {
  NodeProto& node = *proto_.add_node();
  const std::size_t dot = type.rfind('.');
  if (dot != std::string::npos) node.set_domain(type.substr(0, dot));
  node.set_op_type(type.substr(dot + 1));
  const std::string base = (layer_.empty() ? "" : layer_ + "/") + node.op_type();
  node.set_name(base + "_" + std::to_string(counters_["node " + base]++));
  for (const std::string& name : inputs) node.add_input(name);
  for (const std::string& name : outputs) node.add_output(name);
  for (const auto& [name, value] : attributes) {
    AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    std::visit([&](const auto& v) { write_attribute(attribute, v); }, value);
  }
}

std::string OnnxWriter::node(const std::string& type, const Names& inputs, const OnnxAttributes& attributes) {
  std::string name = unique("t" + std::to_string(counters_["t"]++));
  write(type, inputs, {name}, attributes);
  return name;
}

std::string OnnxWriter::constant(const Tensor& tensor) {
  std::string key = to_string(Type{tensor.dtype(), Shape(tensor.extents())});
  key.append(static_cast<const char*>(tensor.data()), tensor.bytes());
  const auto [it, added] = constants_.emplace(std::move(key), "");
  if (!added) return it->second;
  it->second = unique("c" + std::to_string(constants_.size() - 1));
  NodeProto& node = *proto_.add_node();
  node.set_op_type("Constant");
  node.set_name("Constant_" + std::to_string(constants_.size() - 1));
  node.add_output(it->second);
  AttributeProto& attribute = *node.add_attribute();
  attribute.set_name("value");
  attribute.set_type(AttributeProto::TENSOR);
  write_tensor(tensor, "", *attribute.mutable_t());
  return it->second;
}

std::string OnnxWriter::number(double value, DType dtype) { return constant(convert(Tensor::scalar(value), dtype)); }

std::string OnnxWriter::integers(const Integers& list) {
  return constant(Tensor::from<std::int64_t>({static_cast<std::int64_t>(list.size())}, list));
}

// One named size, read off the first input that has it as an axis.
std::string OnnxWriter::size(const std::string& name) {
  const auto [it, added] = sizes_.emplace(name, "");
  if (!added) return it->second;
  for (const Index input : graph_.inputs()) {
    const Shape& shape = type(input).shape;
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const Dim& dim = shape[axis];
      if (dim.names().size() != 1 || dim.names()[0] != name) continue;
      const std::string extent =
          node("Shape", {name_of(input)}, {{"start", std::int64_t{axis}}, {"end", std::int64_t{axis + 1}}});
      return sizes_[name] = dim.factor() == 1 ? extent : node("Div", {extent, integers({dim.factor()})});
    }
  }
  throw Error("the named size '" + name + "' is no axis of an input");
}

std::string OnnxWriter::dimension(const Dim& dim) {
  if (dim.is_number()) return integers({dim.number()});
  const std::string key = to_string(dim);
  if (const auto it = sizes_.find(key); it != sizes_.end()) return it->second;
  std::string product;
  for (const std::string& name : dim.names()) {
    const std::string factor = size(name);
    product = product.empty() ? factor : node("Mul", {product, factor});
  }
  if (dim.factor() != 1) product = node("Mul", {product, integers({dim.factor()})});
  return sizes_[key] = product;
}

std::string OnnxWriter::extent(const Dim& dim) {
  if (dim.is_number()) return number(static_cast<double>(dim.number()), DType::int64);
  return node("Squeeze", {dimension(dim), integers({0})});
}

std::string OnnxWriter::shape(const Shape& shape) {
  Integers numbers;
  Names parts;
  for (const Dim& dim : shape) {
    if (dim.is_number()) numbers.push_back(dim.number());
    parts.push_back(dimension(dim));
  }
  if (static_cast<int>(numbers.size()) == shape.rank()) return integers(numbers);
  return parts.size() == 1 ? parts[0] : node("Concat", parts, {{"axis", std::int64_t{0}}});
}

}  // namespace backprop
