// Graphs as ONNX models (https://onnx.ai): IR 8, opset 17, so that every current runtime reads them. A state becomes an
// initializer of its name, a named size a symbolic dimension. The bytes depend on the arguments alone.
// Thread safety: no state; the arguments are only read.
#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backprop/graph.hpp"
#include "backprop/text_codes.hpp"

namespace backprop {

// A value of a graph under the name it has in the file.
struct NamedValue {
  std::string name;
  Index value = -1;
  std::vector<std::string> texts = {};  // not empty: the file gives texts, these at the value's indices (int64)
};
using Metadata = std::map<std::string, std::string>;  // the model's metadata_props

// The model that computes `outputs`: the equations they need and nothing else (updates are left out). Inputs that are
// not needed stay inputs. Those in `text_inputs` are texts in the file: a LabelEncoder node makes them numbers. Throws Error when an equation has no ONNX form (random numbers) or a state is not in `store`.
std::string write_onnx(const Graph& graph, std::span<const NamedValue> outputs, const StateStore& store,
                       const Metadata& metadata = {}, const std::string& description = "",
                       const TextInputs& text_inputs = {});
// The same as a file: written under a temporary name, fsynced, renamed. Throws Error.
void save_onnx(const std::string& path, const Graph& graph, std::span<const NamedValue> outputs,
               const StateStore& store, const Metadata& metadata = {}, const std::string& description = "",
               const TextInputs& text_inputs = {});

struct ImportedModel {
  Graph graph;
  std::vector<NamedValue> outputs;
  StateStore store;  // the floating initializers, by name
  TextInputs text_inputs;
  Metadata metadata;
  std::string producer;
};

// The model in `bytes` (untrusted), `name` standing before each message. An input named in `constants` becomes that
// constant, for models that compute shapes from inputs. Throws DataError, one line with the node's name: not a model,
// an operator, type or attribute that is not known, sizes that do not fit the data, data outside of the file.
ImportedModel read_onnx(std::string_view bytes, const std::string& name,
                        const std::map<std::string, Tensor>& constants = {});
// The names of the inputs that such a model has, initializers left out. Throws DataError.
std::vector<std::string> onnx_input_names(std::string_view bytes);
ImportedModel load_onnx(const std::string& path);

}  // namespace backprop
