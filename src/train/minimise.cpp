#include "train/minimise.hpp"

#include "base/dispatch.hpp"

namespace backprop {

ParameterVector::ParameterVector(Graph& graph, StateStore& store) {
  for (const StateSpec& spec : graph.states()) {
    if (spec.role != Role::parameter) continue;
    if (!is_floating(spec.dtype)) throw Error("[minimise] the parameter '" + spec.name + "' is not floating");
    values_.push_back(graph.state(spec));
    names_.push_back(spec.name);
    tensors_.push_back(&store.require(spec).tensor);
    size_ += static_cast<std::size_t>(tensors_.back()->size());
  }
  if (values_.empty()) throw Error("[minimise] the graph has no parameters");
}

std::vector<double> ParameterVector::read() const {
  std::vector<double> x;
  for (const Tensor* tensor : tensors_) {
    const std::vector<double> part = to_doubles(*tensor);
    x.insert(x.end(), part.begin(), part.end());
  }
  return x;
}

void ParameterVector::write(const std::vector<double>& x) {
  auto from = x.begin();
  for (Tensor* tensor : tensors_) {
    dispatch_plain(tensor->dtype(), [&]<class T>() {
      for (T& to : tensor->as<T>()) to = static_cast<T>(*from++);
    });
  }
}

}  // namespace backprop
