// Texts: a LabelEncoder (ai.onnx.ml) behind a text input gives its codes, one in front of an output its texts.
#include <set>

#include "formats/onnx_node.hpp"

namespace backprop {
namespace {

// Indices 0..K-1 to texts: the value stays the indices, the texts go with it.
Items texts_of(Node& node) {
  Item item(node.value(0));
  const Integers keys = node.integers("keys_int64s");
  item.texts = node.texts("values_strings");
  item.is_text = true;
  refuse(item.value.dtype() != DType::int64, "needs int64");
  refuse(item.texts.empty() || keys.size() != item.texts.size(), "the numbers of keys and texts differ");
  for (std::size_t k = 0; k < keys.size(); ++k) {
    refuse(keys[k] != static_cast<std::int64_t>(k), "the keys are not 0, 1, 2, ...");
  }
  return {item};
}

Items encode(Node& node) {
  if (node.has("keys_int64s")) return texts_of(node);
  const Item& given = node.item(0);
  refuse(!given.is_text || !given.texts.empty(), "input 0 is no text input of the model");
  return {given.value};
}

constexpr ImportRule text_rules[] = {{"LabelEncoder", encode}};

}  // namespace

TextCodes read_text_codes(const Node& node) {
  TextCodes codes{.texts = node.texts("keys_strings"), .codes = {}, .otherwise = 0};
  if (node.has("values_int64s")) {
    const Integers values = node.integers("values_int64s");
    codes.codes.assign(values.begin(), values.end());
    codes.otherwise = static_cast<double>(node.integer("default_int64", -1));
  } else {
    codes.codes = node.numbers("values_floats");
    codes.otherwise = node.number("default_float", 0);
  }
  refuse(codes.texts.size() != codes.codes.size(), "the numbers of keys and values differ");
  refuse(std::set(codes.texts.begin(), codes.texts.end()).size() != codes.texts.size(), "a key is given twice");
  return codes;
}

std::span<const ImportRule> text_import_rules() { return text_rules; }

}  // namespace backprop
