#include "run/reference.hpp"

#include <cstring>

#include "base/dispatch.hpp"
#include "graph/leaves.hpp"

namespace backprop {
namespace {

// An array of any element type, dual64 too.
struct Array {
  std::vector<std::byte> bytes;
  TensorView view;
};

Array make_array(DType dtype, Extents extents) {
  Array array;
  array.bytes.resize(static_cast<std::size_t>(count(extents)) * size_of(dtype) + 1);
  array.view = {dtype, std::move(extents), array.bytes.data()};
  return array;
}

Array to_dual(const TensorView& value, const Tensor* tangent) {
  Array array = make_array(DType::dual64, value.extents);
  const std::vector<double> v = to_doubles(value);
  const std::vector<double> t =
      tangent && tangent->size() == value.size() ? to_doubles(*tangent) : std::vector<double>();
  const auto out = array.view.as<Dual<double>>();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = {v[i], t.empty() ? 0 : t[i]};
  return array;
}

// Values that `outputs` need.
std::vector<char> needed_values(const Graph& graph, std::span<const Value> outputs) {
  std::vector<char> needed(static_cast<std::size_t>(graph.size()), 0);
  for (const Value& v : outputs) needed[static_cast<std::size_t>(v.index)] = 1;
  for (std::size_t n = graph.equations().size(); n-- > 0;) {
    const Equation& e = graph.equations()[n];
    bool any = false;
    for (const Index o : e.outputs) any = any || needed[static_cast<std::size_t>(o)];
    for (const Index i : e.inputs) needed[static_cast<std::size_t>(i)] |= static_cast<char>(any);
  }
  return needed;
}

struct Tangents {
  std::span<const Tensor> inputs;
  const std::map<std::string, Tensor>& states;
};

std::vector<Array> evaluate(const Graph& graph, std::span<const Value> outputs, std::span<const TensorView> inputs,
                            StateStore& store, const Tangents* tangents) {
  const Bindings sizes = bind_inputs(graph, inputs);
  const std::vector<char> needed = needed_values(graph, outputs);
  std::vector<Array> arrays(static_cast<std::size_t>(graph.size()));
  const auto leaf = [&](Index value, const TensorView& view, const Tensor* tangent) {
    Array& array = arrays[static_cast<std::size_t>(value)];
    if (tangents && is_floating(view.dtype))
      array = to_dual(view, tangent);
    else
      array.view = view;
  };
  std::size_t next_input = 0;
  for (const Equation& e : graph.equations()) {
    const bool is_input = e.operation == &input_operation;
    const std::size_t k = is_input ? next_input++ : 0;
    bool any = false;
    for (const Index o : e.outputs) any = any || needed[static_cast<std::size_t>(o)];
    if (!any) continue;
    if (is_input) {
      leaf(e.outputs[0], inputs[k], tangents && k < tangents->inputs.size() ? &tangents->inputs[k] : nullptr);
      continue;
    }
    if (e.operation == &state_operation) {
      const StateSpec spec = Graph::state_spec(e);
      const Tensor* tangent = nullptr;
      if (tangents) {
        if (const auto it = tangents->states.find(spec.name); it != tangents->states.end()) tangent = &it->second;
      }
      leaf(e.outputs[0], store.require(spec).tensor, tangent);
      continue;
    }
    std::vector<TensorView> in, out;
    for (const Index i : e.inputs) in.push_back(arrays[static_cast<std::size_t>(i)].view);
    for (const Index o : e.outputs) {
      const Type& type = graph.info(o).type;
      const DType dtype = tangents && is_floating(type.dtype) ? DType::dual64 : type.dtype;
      arrays[static_cast<std::size_t>(o)] = make_array(dtype, type.shape.bind(sizes));
      out.push_back(arrays[static_cast<std::size_t>(o)].view);
    }
    e.operation->reference({e.attributes, in, out, sizes, store.seed(), store.step()});
  }
  std::vector<Array> results;
  for (const Value& v : outputs) {
    const TensorView& view = arrays[static_cast<std::size_t>(v.index)].view;
    Array copy = make_array(view.dtype, view.extents);
    const std::size_t size = static_cast<std::size_t>(view.size()) * size_of(view.dtype);
    if (size > 0) std::memcpy(copy.view.data, view.data, size);
    results.push_back(std::move(copy));
  }
  return results;
}

}  // namespace

Bindings bind_inputs(const Graph& graph, std::span<const TensorView> inputs) {
  if (inputs.size() != graph.inputs().size()) {
    throw Error("[run] the graph has " + std::to_string(graph.inputs().size()) + " inputs, got " +
                std::to_string(inputs.size()));
  }
  Bindings sizes;
  const auto fail = [&](std::size_t k) {
    const Index value = graph.inputs()[k];
    throw Error("[run] input '" + graph.input_name(value) + "' is " + std::string(to_string(inputs[k].dtype)) +
                to_string(inputs[k].extents) + ", the graph wants " + to_string(graph.info(value).type));
  };
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const Type& type = graph.info(graph.inputs()[k]).type;
    const Extents& extents = inputs[k].extents;
    if (type.dtype != inputs[k].dtype || static_cast<int>(extents.size()) != type.shape.rank()) fail(k);
    for (int axis = 0; axis < type.shape.rank(); ++axis) {
      const Dim& dim = type.shape[axis];
      const std::int64_t n = extents[static_cast<std::size_t>(axis)];
      if (dim.names().size() == 1 && !sizes.contains(dim.names()[0]) && dim.factor() != 0 && n % dim.factor() == 0) {
        sizes[dim.names()[0]] = n / dim.factor();
      }
    }
  }
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    if (graph.info(graph.inputs()[k]).type.shape.bind(sizes) != inputs[k].extents) fail(k);
  }
  return sizes;
}

std::vector<Tensor> evaluate_reference(const Graph& graph, std::span<const Value> outputs,
                                       std::span<const TensorView> inputs, StateStore& store) {
  std::vector<Tensor> results;
  for (const Array& array : evaluate(graph, outputs, inputs, store, nullptr)) {
    results.push_back(convert(array.view, array.view.dtype));
  }
  return results;
}

std::vector<DualTensor> evaluate_dual(const Graph& graph, std::span<const Value> outputs,
                                      std::span<const TensorView> inputs, std::span<const Tensor> tangents,
                                      StateStore& store, const std::map<std::string, Tensor>& state_tangents) {
  const Tangents all{tangents, state_tangents};
  std::vector<DualTensor> results;
  for (const Array& array : evaluate(graph, outputs, inputs, store, &all)) {
    if (array.view.dtype != DType::dual64) {
      results.push_back({convert(array.view, array.view.dtype), Tensor(DType::float64, array.view.extents)});
      continue;
    }
    DualTensor result{Tensor(DType::float64, array.view.extents), Tensor(DType::float64, array.view.extents)};
    const auto from = array.view.as<Dual<double>>();
    for (std::size_t i = 0; i < from.size(); ++i) {
      result.value.as<double>()[i] = from[i].value;
      result.tangent.as<double>()[i] = from[i].tangent;
    }
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace backprop
