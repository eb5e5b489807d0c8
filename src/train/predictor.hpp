// Rows through a compiled graph, in blocks. Thread safety: one predictor is used by one thread at a time.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "backprop/compile.hpp"

namespace backprop {

class Predictor {
 public:
  // `output` [B, outputs] is a function of its graph's inputs, each [B, ...].
  Predictor(Value output, std::shared_ptr<StateStore> store, std::shared_ptr<Device> device);
  // The inputs, each of the same number of rows, to [rows, outputs].
  std::vector<float> run(std::span<const TensorView> inputs);

 private:
  Compiled compiled_;
};

}  // namespace backprop
