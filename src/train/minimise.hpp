// What the drivers that minimise share: the parameters as one vector of float64. Thread safety: as for StateStore.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "backprop/graph.hpp"

namespace backprop {

class ParameterVector {
 public:
  // The parameters of the graph, made in the store where it lacks them. Throws Error when there are none.
  ParameterVector(Graph& graph, StateStore& store);

  const std::vector<Value>& values() const { return values_; }  // one a parameter
  const std::vector<std::string>& names() const { return names_; }
  std::size_t size() const { return size_; }  // elements of all of them
  std::size_t size(std::size_t parameter) const { return static_cast<std::size_t>(tensors_[parameter]->size()); }
  std::vector<double> read() const;
  void write(const std::vector<double>& x);

 private:
  std::vector<Value> values_;
  std::vector<std::string> names_;
  std::vector<Tensor*> tensors_;
  std::size_t size_ = 0;
};

}  // namespace backprop
