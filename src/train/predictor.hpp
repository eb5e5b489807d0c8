// Rows through a compiled graph, in blocks. Thread safety: one predictor is used by one thread at a time.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "backprop/compile.hpp"

namespace backprop {

class Predictor {
 public:
  // `output` [B, outputs] is a function of its graph's only input [B, features].
  Predictor(Value output, std::int64_t features, std::int64_t outputs, std::shared_ptr<StateStore> store,
            std::shared_ptr<Device> device);
  // [rows, features] row-major to [rows, outputs].
  std::vector<float> run(std::span<const float> rows);

 private:
  std::int64_t features_, outputs_;
  Compiled compiled_;
};

}  // namespace backprop
