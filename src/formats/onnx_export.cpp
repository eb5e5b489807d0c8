#include <algorithm>
#include <limits>

#include "backprop/version.hpp"
#include "formats/file.hpp"
#include "formats/onnx.hpp"
#include "formats/onnx_tensor.hpp"
#include "formats/onnx_writer.hpp"
#include "onnx.pb.h"
#include "ops/ops.hpp"

namespace backprop {
namespace {

using namespace backprop_onnx;

constexpr int ir_version = 8, opset = 17, ml_opset = 3;

void write_type(int element, const Shape& extents, TypeProto& proto) {
  TypeProto::Tensor& tensor = *proto.mutable_tensor_type();
  tensor.set_elem_type(element);
  TensorShapeProto& shape = *tensor.mutable_shape();
  for (const Dim& dim : extents) {
    if (dim.is_number()) {
      shape.add_dim()->set_dim_value(dim.number());
    } else {
      shape.add_dim()->set_dim_param(to_string(dim));
    }
  }
}

void write_value(const std::string& name, const Type& type, bool is_text, ValueInfoProto& proto) {
  proto.set_name(name);
  write_type(is_text ? int{TensorProto::STRING} : onnx_dtype(type.dtype), type.shape, *proto.mutable_type());
}

// ONNX's elementwise operators broadcast by themselves: arguments as they were before their broadcast, as many as still
// give the shape of the result. PRelu broadcasts its slope only.
std::vector<Index> without_broadcasts(const Graph& graph, const Equation& equation) {
  std::vector<Index> inputs = equation.inputs;
  if (equation.operation->kind != OperationKind::elementwise || inputs.size() < 2) return inputs;
  const auto shape_of = [&](Index i) -> const Shape& { return graph.info(i).type.shape; };
  for (std::size_t k = equation.operation == &ops::prelu ? 1 : 0; k < inputs.size(); ++k) {
    const Equation& source = graph.equation_of(inputs[k]);
    if (source.operation != &ops::broadcast) continue;
    std::vector<Index> shorter = inputs;
    shorter[k] = source.inputs[0];
    Shape shape = shape_of(shorter[0]);
    for (const Index i : shorter) shape = broadcast_shapes(shape, shape_of(i), "onnx");
    if (shape == shape_of(equation.outputs[0])) inputs = std::move(shorter);
  }
  return inputs;
}

class Exporter {
 public:
  Exporter(const Graph& graph, const StateStore& store, const TextInputs& text_inputs, GraphProto& proto)
      : graph_(graph), store_(store), text_inputs_(text_inputs), proto_(proto), writer_(graph, proto) {}

  void write(std::span<const NamedValue> outputs) {
    find_needed(outputs);
    name_all(outputs);
    for (const Index input : graph_.inputs()) write_input(input);
    for (std::size_t n = 0; n < graph_.equations().size(); ++n) {
      if (needed_[n]) write_equation(graph_.equations()[n], arguments_[n]);
    }
    writer_.set_layer("");
    for (const NamedValue& output : outputs) {
      const std::string& name = writer_.name_of(output.value);
      if (!output.texts.empty()) {
        write_texts(name, output);
      } else if (name != output.name) {
        writer_.write("Identity", {name}, {output.name});
      }
      write_value(output.name, graph_.info(output.value).type, !output.texts.empty(), *proto_.add_output());
    }
  }

 private:
  void write_input(Index input) {
    const Type& type = graph_.info(input).type;
    const std::string name = graph_.input_name(input);
    const auto it = text_inputs_.find(name);
    write_value(name, type, it != text_inputs_.end(), *proto_.add_input());
    if (it == text_inputs_.end()) return;
    const TextCodes& codes = it->second;
    OnnxAttributes attributes{{"keys_strings", codes.texts}};
    if (type.dtype == DType::int64) {
      attributes.emplace_back("values_int64s", Integers(codes.codes.begin(), codes.codes.end()));
      attributes.emplace_back("default_int64", static_cast<std::int64_t>(codes.otherwise));
    } else {
      attributes.emplace_back("values_floats", std::vector<float>(codes.codes.begin(), codes.codes.end()));
      attributes.emplace_back("default_float", static_cast<float>(codes.otherwise));
    }
    writer_.write(onnx_ml + ".LabelEncoder", {name}, {writer_.name_of(input)}, attributes);
  }

  void write_texts(const std::string& indices, const NamedValue& output) {
    Integers keys;
    for (std::size_t k = 0; k < output.texts.size(); ++k) keys.push_back(static_cast<std::int64_t>(k));
    writer_.write(onnx_ml + ".LabelEncoder", {indices}, {output.name},
                  {{"keys_int64s", keys}, {"values_strings", output.texts}});
  }

  void find_needed(std::span<const NamedValue> outputs) {
    needed_.resize(graph_.equations().size(), false);
    arguments_.resize(needed_.size());
    for (const NamedValue& output : outputs) {
      needed_[static_cast<std::size_t>(graph_.info(output.value).equation)] = true;
    }
    for (std::size_t n = needed_.size(); n-- > 0;) {
      if (!needed_[n]) continue;
      arguments_[n] = without_broadcasts(graph_, graph_.equations()[n]);
      for (const Index i : arguments_[n]) needed_[static_cast<std::size_t>(graph_.info(i).equation)] = true;
    }
  }

  // Names that people gave come first: those of inputs, outputs and states.
  void name_all(std::span<const NamedValue> outputs) {
    const auto take = [&](const std::string& name) {
      if (name.empty()) throw Error("[onnx] a value has an empty name");
      if (writer_.unique(name) != name) throw Error("[onnx] two values have the name '" + name + "'");
    };
    for (const Index input : graph_.inputs()) {
      take(graph_.input_name(input));
      if (!text_inputs_.contains(graph_.input_name(input))) writer_.set_name(input, graph_.input_name(input));
    }
    for (const NamedValue& output : outputs) {
      take(output.name);
      const Operation* operation = graph_.equation_of(output.value).operation;
      const bool given = operation == &input_operation || operation == &state_operation;
      const bool named = writer_.has_name(output.value) || !output.texts.empty();
      if (!given && !named) writer_.set_name(output.value, output.name);
    }
    for (std::size_t n = 0; n < needed_.size(); ++n) {
      const Equation& equation = graph_.equations()[n];
      if (!needed_[n] || equation.operation != &state_operation) continue;
      take(equation.attributes.text("name"));
      writer_.set_name(equation.outputs[0], equation.attributes.text("name"));
    }
  }

  void write_equation(const Equation& equation, std::span<const Index> arguments) {
    if (equation.operation == &input_operation) return;
    if (equation.operation == &state_operation) return write_state(Graph::state_spec(equation));
    try {
      writer_.set_layer(equation.layer);
      export_equation(writer_, equation, arguments);
    } catch (const Error& error) {
      throw Error("[onnx] " + std::string(equation.operation->name) + ": " + error.what() +
                  (equation.layer.empty() ? "" : " in layer '" + equation.layer + "'"));
    }
  }

  // The role and the initialiser stand in the doc string, so that training can go on from the file.
  void write_state(const StateSpec& spec) {
    const Tensor& tensor = store_[spec.name];
    if (tensor.dtype() != spec.dtype || tensor.extents() != spec.extents) {
      throw Error("[onnx] the store holds the state '" + spec.name + "' with another type or shape");
    }
    TensorProto& proto = *proto_.add_initializer();
    write_tensor(tensor, spec.name, proto);
    proto.set_doc_string(std::string(to_string(spec.role)) + " " + to_string(spec.initialiser));
  }

  const Graph& graph_;
  const StateStore& store_;
  const TextInputs& text_inputs_;
  GraphProto& proto_;
  OnnxWriter writer_;
  std::vector<bool> needed_;                   // by equation
  std::vector<std::vector<Index>> arguments_;  // by equation
};

}  // namespace

std::string write_onnx(const Graph& graph, std::span<const NamedValue> outputs, const StateStore& store,
                       const Metadata& metadata, const std::string& description, const TextInputs& text_inputs) {
  if (outputs.empty()) throw Error("[onnx] a model needs an output");
  ModelProto model;
  model.set_ir_version(ir_version);
  model.set_producer_name("backprop");
  model.set_producer_version(version());
  model.set_doc_string(description);
  OperatorSetIdProto& set = *model.add_opset_import();
  set.set_domain("");
  set.set_version(opset);
  for (const auto& [key, value] : metadata) {
    StringStringEntryProto& entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
  model.mutable_graph()->set_name("backprop");
  Exporter(graph, store, text_inputs, *model.mutable_graph()).write(outputs);
  const auto& nodes = model.graph().node();
  if (std::any_of(nodes.begin(), nodes.end(), [](const NodeProto& node) { return node.domain() == onnx_ml; })) {
    OperatorSetIdProto& ml_set = *model.add_opset_import();
    ml_set.set_domain(onnx_ml);
    ml_set.set_version(ml_opset);
  }
  if (model.ByteSizeLong() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw Error("[onnx] the model has more than 2 GB, which the format does not hold");
  }
  return model.SerializeAsString();
}

void save_onnx(const std::string& path, const Graph& graph, std::span<const NamedValue> outputs,
               const StateStore& store, const Metadata& metadata, const std::string& description,
               const TextInputs& text_inputs) {
  write_file(path, write_onnx(graph, outputs, store, metadata, description, text_inputs));
}

}  // namespace backprop
