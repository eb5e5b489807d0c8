// What an import rule sees: one node of an ONNX graph with its inputs and attributes, every access checked.
// Thread safety: none; a reader lives in one thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backprop/graph.hpp"
#include "backprop/operations.hpp"
#include "backprop/text_codes.hpp"

namespace backprop_onnx {
class AttributeProto;
class NodeProto;
}  // namespace backprop_onnx

namespace backprop {

// What is known of a named value: one of these, or several. Values of the graph are made when they are first used, so
// that numbers that only say a shape leave no trace.
struct Item {
  Item() = default;
  Item(Value v) : value(v) {}                                      // NOLINT: results of rules read naturally
  Item(std::shared_ptr<const Tensor> t) : tensor(std::move(t)) {}  // NOLINT

  Value value;
  std::shared_ptr<const Tensor> tensor;  // its elements, when constant
  std::optional<std::vector<Dim>> dims;  // integers of rank 0 or 1 as dimensions, when they follow from shapes
  int rank = 1;                          // of dims
  std::optional<StateSpec> state;        // an initializer that becomes a state
  bool is_text = false;                  // texts in the file, whose codes `value` holds
  std::vector<std::string> texts;        // of an output: the text of each code
};
Item dims_item(std::vector<Dim> dims, int rank = 1);
using Items = std::vector<Item>;

class Node {
 public:
  Node(Graph& graph, const backprop_onnx::NodeProto& proto, std::int64_t opset, std::vector<Item*> inputs,
       StateStore& store)
      : graph(graph), opset(opset), proto_(proto), inputs_(std::move(inputs)), store_(store) {}

  Graph& graph;
  const std::int64_t opset;

  int inputs() const { return static_cast<int>(inputs_.size()); }
  int outputs() const;           // named ones, up to the last
  bool wants(int output) const;  // it is named
  bool has(int input) const;     // it is given
  const std::string& type() const;

  // Inputs. Each throws Error when it is missing or not of the kind asked for.
  Value value(int input);
  std::vector<Value> values();  // of all inputs
  const Item& item(int input) const;
  std::vector<Dim> dims(int input) const;
  Integers integers(int input) const;
  std::int64_t integer(int input) const;
  double number(int input) const;

  // Attributes; the second form gives a default.
  bool has(std::string_view attribute) const { return find(attribute) != nullptr; }
  std::int64_t integer(std::string_view name) const;
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  double number(std::string_view name, double otherwise) const;
  std::string text(std::string_view name, std::string_view otherwise) const;
  Integers integers(std::string_view name) const;
  std::vector<double> numbers(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  Tensor tensor(std::string_view name) const;
  // Integers that older operator sets give as an attribute and newer ones as an input; nothing when neither is there.
  std::optional<Integers> integers(std::string_view name, int input) const;
  std::vector<std::string> attribute_names() const;

 private:
  const backprop_onnx::AttributeProto* find(std::string_view name) const;
  const backprop_onnx::AttributeProto& find(std::string_view name, int type) const;

  const backprop_onnx::NodeProto& proto_;
  std::vector<Item*> inputs_;  // null where left out
  StateStore& store_;
};

// The value of the graph for an item, made when it has none yet.
Value materialise(Graph& graph, Item& item, StateStore& store);

// The meaning of one ONNX operator in our operations.
struct ImportRule {
  std::string_view type;
  Items (*build)(Node&);
};
std::span<const ImportRule> elementwise_import_rules();
std::span<const ImportRule> reduction_import_rules();
std::span<const ImportRule> shape_import_rules();
std::span<const ImportRule> index_import_rules();
std::span<const ImportRule> network_import_rules();
std::span<const ImportRule> text_import_rules();
// The texts and codes of a LabelEncoder that makes numbers of texts. Throws Error.
TextCodes read_text_codes(const Node& node);

// Constants that rules build (coordinates, masks) have at most so many elements.
constexpr std::int64_t maximum_constant = std::int64_t{1} << 24;
inline void refuse(bool condition, const std::string& what) {
  if (condition) throw Error(what);
}

}  // namespace backprop
