#include <algorithm>
#include <limits>
#include <unordered_map>

#include "backprop/operation.hpp"
#include "formats/file.hpp"
#include "formats/onnx.hpp"
#include "formats/onnx_node.hpp"
#include "formats/onnx_tensor.hpp"
#include "onnx.pb.h"

namespace backprop {
namespace {

using namespace backprop_onnx;

constexpr std::int64_t maximum_bytes = std::numeric_limits<int>::max();  // protobuf's own limit
constexpr std::int64_t oldest_opset = 7, newest_opset = 28;
constexpr int maximum_names = 16;

// Several axes may have sizes multiplied again and again; what grows without end is refused.
void check_type(const Value& value) {
  refuse(value.shape().rank() > maximum_onnx_rank, "gives " + std::to_string(value.shape().rank()) + " axes");
  for (const Dim& dim : value.shape()) {
    refuse(dim.names().size() > maximum_names, "gives an axis that is a product of too many sizes");
    refuse(dim.factor() < 0, "gives a negative extent in " + to_string(value.shape()));
  }
  value.shape().elements();  // throws when the number does not fit 64 bits
}

void check_dims(const Item& item) {
  if (!item.dims) return;
  refuse(item.dims->size() > static_cast<std::size_t>(maximum_onnx_rank), "gives too long a shape");
  for (const Dim& dim : *item.dims) refuse(dim.names().size() > maximum_names, "gives a product of too many sizes");
}

// Operators that are one of our elementwise operations, without attributes.
Items apply_by_name(Node& node, const Operation& operation) {
  std::vector<Value> inputs = node.values();
  refuse(inputs.empty(), "has no inputs");
  Shape shape = inputs[0].shape();
  for (const Value& x : inputs) shape = broadcast_shapes(shape, x.shape(), node.type());
  for (Value& x : inputs) {
    if (!(x.shape() == shape)) x = broadcast(x, shape);
  }
  return {node.graph.apply(operation, inputs)};
}

// Sums and the like need numbers; products and quotients may have named sizes.
std::optional<Dim> combine(const std::string& type, const Dim& a, const Dim& b) {
  if (type == "Mul") return a * b;
  const bool numbers = a.is_number() && b.is_number();
  if (type == "Div" && b.factor() > 0) return numbers ? Dim(a.number() / b.number()) : divide(a, b);
  if (!numbers) return std::nullopt;
  std::int64_t sum = 0;
  if (type == "Max") return std::max(a.number(), b.number());
  if (type == "Min") return std::min(a.number(), b.number());
  if (type == "Add" && !__builtin_add_overflow(a.number(), b.number(), &sum)) return sum;
  if (type == "Sub" && !__builtin_sub_overflow(a.number(), b.number(), &sum)) return sum;
  return std::nullopt;
}

// Integers that follow from shapes, combined: extents stay extents. Nothing where that is not so.
std::optional<Items> combine_dims(Node& node) {
  if (node.inputs() < 1 || node.inputs() > 2 || !node.has(0) || !node.has(node.inputs() - 1)) return std::nullopt;
  const Item &first = node.item(0), &last = node.item(node.inputs() - 1);
  if (!first.dims || !last.dims) return std::nullopt;
  const bool negative = node.inputs() == 1 && node.type() == "Neg";
  if (node.inputs() == 1 && !negative) return std::nullopt;
  const std::vector<Dim> x = negative ? std::vector<Dim>{Dim(0)} : *first.dims, &y = *last.dims;
  if (x.empty() || y.empty() || (x.size() != y.size() && x.size() != 1 && y.size() != 1)) return std::nullopt;
  std::vector<Dim> result;
  for (std::size_t i = 0; i < std::max(x.size(), y.size()); ++i) {
    const Dim &p = x[x.size() == 1 ? 0 : i], &q = y[y.size() == 1 ? 0 : i];
    const std::optional<Dim> dim = combine(negative ? "Sub" : node.type(), p, q);
    if (!dim) return std::nullopt;
    result.push_back(*dim);
  }
  return Items{dims_item(std::move(result), std::max(negative ? 0 : first.rank, last.rank))};
}

const Operation* elementwise_operation(const std::string& type) {
  for (const Operation* operation : catalogue()) {
    if (operation->kind == OperationKind::elementwise && operation->onnx == type) return operation;
  }
  return nullptr;
}

const ImportRule* rule_of(const std::string& type) {
  for (const auto rules : {elementwise_import_rules(), reduction_import_rules(), shape_import_rules(),
                           index_import_rules(), network_import_rules(), text_import_rules()}) {
    for (const ImportRule& rule : rules) {
      if (rule.type == type) return &rule;
    }
  }
  return nullptr;
}

class Importer {
 public:
  Importer(const ModelProto& proto, ImportedModel& model) : proto_(proto), graph_proto_(proto.graph()), model_(model) {}

  void read(const std::map<std::string, Tensor>& constants) {
    check_header();
    for (const TensorProto& tensor : graph_proto_.initializer()) read_initializer(tensor);
    for (const ValueInfoProto& input : graph_proto_.input()) read_input(input, constants);
    for (int i = 0; i < graph_proto_.node_size(); ++i) read_node(graph_proto_.node(i), i);
    for (const ValueInfoProto& output : graph_proto_.output()) {
      const auto it = items_.find(output.name());
      refuse(it == items_.end(), "output '" + printable(output.name()) + "' is given by no node");
      const Item& item = it->second;
      refuse(item.is_text && item.texts.empty(), "output '" + printable(output.name()) + "' is an input's text");
      model_.outputs.push_back({output.name(), materialise(model_.graph, it->second, model_.store).index, item.texts});
    }
  }

 private:
  void check_header() {
    refuse(!proto_.has_graph(), "has no graph");
    refuse(graph_proto_.output_size() == 0, "its graph has no outputs");
    for (const OperatorSetIdProto& set : proto_.opset_import()) {
      if (set.domain().empty() || set.domain() == "ai.onnx") opset_ = set.version();
    }
    refuse(opset_ == 0, "imports no operator set of ai.onnx");
    refuse(opset_ < oldest_opset || opset_ > newest_opset, "operator set " + std::to_string(opset_) + " is not read (" +
                                                               std::to_string(oldest_opset) + " to " +
                                                               std::to_string(newest_opset) + " are)");
    for (const StringStringEntryProto& entry : proto_.metadata_props()) model_.metadata[entry.key()] = entry.value();
    model_.producer = proto_.producer_name();
  }

  void bind(const std::string& name, Item item) {
    // A short list of known integers may become a shape.
    if (item.tensor && !item.dims && item.tensor->dtype() == DType::int64 && item.tensor->extents().size() <= 1 &&
        item.tensor->size() <= maximum_onnx_rank) {
      const auto numbers = item.tensor->as<std::int64_t>();
      item.dims.emplace(numbers.begin(), numbers.end());
      item.rank = static_cast<int>(item.tensor->extents().size());
    }
    refuse(!items_.emplace(name, std::move(item)).second, "the name '" + printable(name) + "' is given twice");
  }

  // A floating initializer is a state. Ours say their role and initialiser; of others a scalar is a constant.
  void read_initializer(const TensorProto& proto) {
    Item item;
    try {
      item.tensor = std::make_shared<const Tensor>(read_tensor(proto));
      StateSpec spec{proto.name(), item.tensor->dtype(), item.tensor->extents(), Role::parameter, {}};
      const std::string& note = proto.doc_string();
      const std::size_t space = note.find(' ');
      const bool ours = proto_.producer_name() == "backprop" && space != std::string::npos;
      if (ours) {
        spec.role = parse_role(note.substr(0, space));
        spec.initialiser = parse_initialiser(note.substr(space + 1));
      }
      if (ours || (is_floating(spec.dtype) && !spec.extents.empty())) item.state = std::move(spec);
    } catch (const Error& error) {
      throw Error("initializer '" + printable(proto.name()) + "': " + error.what());
    }
    bind(proto.name(), std::move(item));
  }

  void read_input(const ValueInfoProto& input, const std::map<std::string, Tensor>& constants) {
    const std::string& name = input.name();
    if (items_.contains(name)) return;  // an initializer that may be replaced: its value is taken
    if (const auto it = constants.find(name); it != constants.end()) {
      return bind(name, Item(std::make_shared<const Tensor>(it->second)));
    }
    try {
      refuse(!input.type().has_tensor_type(), "is no tensor");
      const TypeProto::Tensor& type = input.type().tensor_type();
      refuse(!type.has_shape(), "its shape is not given");
      refuse(type.shape().dim_size() > maximum_onnx_rank, "has too many axes");
      Shape shape;
      for (const auto& dim : type.shape().dim()) shape.push_back(read_dim(dim));
      shape.elements();
      if (type.elem_type() == TensorProto::STRING) return read_text_input(name, shape);
      bind(name, model_.graph.input(shape, parse_onnx_dtype(type.elem_type()), name));
    } catch (const Error& error) {
      throw Error("input '" + printable(name) + "': " + error.what());
    }
  }

  // Our graphs know no texts: the input is the codes that the one LabelEncoder behind it gives.
  void read_text_input(const std::string& name, const Shape& shape) {
    const NodeProto* reader = nullptr;
    for (const NodeProto& node : graph_proto_.node()) {
      if (std::find(node.input().begin(), node.input().end(), name) == node.input().end()) continue;
      refuse(reader != nullptr || node.op_type() != "LabelEncoder", "is text that more than one LabelEncoder reads");
      reader = &node;
    }
    refuse(reader == nullptr, "is text that no LabelEncoder reads");
    const Node node(model_.graph, *reader, opset_, {}, model_.store);
    model_.text_inputs[name] = read_text_codes(node);
    Item item = model_.graph.input(shape, node.has("values_int64s") ? DType::int64 : DType::float32, name);
    item.is_text = true;
    bind(name, std::move(item));
  }

  // Names are kept where they are dimensions as we write them; others become names of their own.
  Dim read_dim(const TensorShapeProto::Dimension& dim) {
    if (dim.has_dim_value()) {
      refuse(dim.dim_value() < 0, "has a negative extent");
      return Dim(dim.dim_value());
    }
    const std::string& text = dim.dim_param();
    if (text.size() <= 200 && !text.empty()) {
      try {
        Dim parsed = parse_dim(text);
        const bool plain = to_string(parsed) == text && parsed.names().size() <= maximum_names;
        if (plain && parsed.factor() > 0) return parsed;
      } catch (const Error&) {
      }
    }
    if (text.empty()) return Dim("unnamed_" + std::to_string(unnamed_++));
    const auto [it, added] = named_.emplace(text, "");
    if (added) it->second = "size_" + std::to_string(named_.size() - 1);
    return Dim(it->second);
  }

  void read_node(const NodeProto& proto, int position) {
    const auto fail = [&](const std::string& what) {
      const std::string name = proto.name().empty() ? std::to_string(position) : "'" + printable(proto.name()) + "'";
      throw Error("node " + name + " (" + printable(proto.op_type()) + "): " + what);
    };
    std::vector<Item*> inputs;
    for (const std::string& name : proto.input()) {
      const auto it = items_.find(name);
      if (!name.empty() && it == items_.end()) fail("input '" + printable(name) + "' is given by nothing before it");
      inputs.push_back(name.empty() ? nullptr : &it->second);
    }
    try {
      const bool ml = proto.domain() == "ai.onnx.ml" && proto.op_type() == "LabelEncoder";
      refuse(!proto.domain().empty() && proto.domain() != "ai.onnx" && !ml,
             "operators of '" + printable(proto.domain()) + "' are not read");
      Node node(model_.graph, proto, opset_, std::move(inputs), model_.store);
      Items results = build(node);
      for (int i = 0; i < proto.output_size(); ++i) {
        if (proto.output(i).empty()) continue;
        refuse(static_cast<std::size_t>(i) >= results.size(), "output " + std::to_string(i) + " is not read");
        Item& item = results[static_cast<std::size_t>(i)];
        if (item.value.valid()) check_type(item.value);
        check_dims(item);
        bind(proto.output(i), std::move(item));
      }
    } catch (const Error& error) {
      fail(error.what());
    }
  }

  static Items build(Node& node) {
    if (std::optional<Items> dims = combine_dims(node)) return *dims;
    if (const ImportRule* rule = rule_of(node.type())) return rule->build(node);
    if (const Operation* operation = elementwise_operation(node.type())) return apply_by_name(node, *operation);
    throw Error("this operator is not read");
  }

  const ModelProto& proto_;
  const GraphProto& graph_proto_;
  ImportedModel& model_;
  std::int64_t opset_ = 0;
  std::unordered_map<std::string, Item> items_;
  std::map<std::string, std::string> named_;
  int unnamed_ = 0;
};

ModelProto parse_model(std::string_view bytes, const std::string& name) {
  ModelProto proto;
  if (static_cast<std::int64_t>(bytes.size()) > maximum_bytes ||
      !proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    throw DataError(name + ": is not an ONNX model");
  }
  return proto;
}

}  // namespace

ImportedModel read_onnx(std::string_view bytes, const std::string& name,
                        const std::map<std::string, Tensor>& constants) {
  const ModelProto proto = parse_model(bytes, name);
  ImportedModel model;
  try {
    Importer(proto, model).read(constants);
  } catch (const std::exception& error) {  // memory that runs out is the file's fault too
    throw DataError(name + ": " + printable(error.what(), 500));
  }
  return model;
}

std::vector<std::string> onnx_input_names(std::string_view bytes) {
  const ModelProto proto = parse_model(bytes, "model");
  std::vector<std::string> names;
  for (const ValueInfoProto& input : proto.graph().input()) {
    const auto& initial = proto.graph().initializer();
    if (std::none_of(initial.begin(), initial.end(), [&](const auto& t) { return t.name() == input.name(); })) {
      names.push_back(input.name());
    }
  }
  return names;
}

ImportedModel load_onnx(const std::string& path) { return read_onnx(read_file(path, maximum_bytes), path); }

}  // namespace backprop
