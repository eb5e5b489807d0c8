// Texts as numbers: what each text of a column becomes before a graph sees it, as ONNX's LabelEncoder does it.
// Thread safety: value type.
#pragma once
#include <map>
#include <string>
#include <vector>

namespace backprop {

struct TextCodes {
  std::vector<std::string> texts;  // distinct
  std::vector<double> codes;       // of each of them
  double otherwise = 0;            // of any other text

  friend bool operator==(const TextCodes&, const TextCodes&) = default;
};

// The inputs of a graph, by name, that are texts: they become numbers by these codes before the graph sees them.
using TextInputs = std::map<std::string, TextCodes, std::less<>>;

}  // namespace backprop
