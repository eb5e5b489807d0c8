// Gradients of single examples: how much each of them pulls at the parameters (influence, clipping for privacy,
// gradient noise). Thread safety: as for Compiled.
#pragma once
#include <initializer_list>
#include <span>
#include <vector>

#include "backprop/compile.hpp"
#include "backprop/graph.hpp"

namespace backprop {

class PerExampleGradients {
 public:
  // `loss` is a scalar that averages over the examples (check_loss), which lie along the first axis, of one named size,
  // of the graph's inputs. Throws UsageError when no input has such an axis.
  PerExampleGradients(Value loss, std::span<const Value> parameters, const CompileOptions& options = {});

  // For each parameter [B, its axes...]: row i is the gradient of the loss of example i alone, found by a run with a
  // batch of one. Inputs as for Compiled::run.
  std::vector<Tensor> run(std::span<const TensorView> inputs);
  std::vector<Tensor> run(std::initializer_list<TensorView> inputs) {
    return run(std::span(inputs.begin(), inputs.size()));
  }
  StateStore& states() const { return gradients_.states(); }

 private:
  Compiled gradients_;
  std::vector<Type> parameters_;
  std::vector<bool> of_examples_;  // for each input of the graph
};

}  // namespace backprop
