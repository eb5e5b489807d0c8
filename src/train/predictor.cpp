#include "train/predictor.hpp"

#include <algorithm>

namespace backprop {
namespace {

constexpr std::int64_t block_rows = 1024;  // keeps memory bounded; a product is as fast as it gets

}  // namespace

Predictor::Predictor(Value output, std::int64_t features, std::int64_t outputs, std::shared_ptr<StateStore> store,
                     std::shared_ptr<Device> device)
    : features_(features),
      outputs_(outputs),
      compiled_(compile(output, {.device = std::move(device), .store = std::move(store)})) {}

std::vector<float> Predictor::run(std::span<const float> rows) {
  const auto count = static_cast<std::int64_t>(rows.size()) / features_;
  std::vector<float> predictions;
  predictions.reserve(static_cast<std::size_t>(count * outputs_));
  for (std::int64_t first = 0; first < count; first += block_rows) {
    const std::int64_t size = std::min(block_rows, count - first);
    // The plan only reads its inputs.
    compiled_.run({TensorView{float32, {size, features_}, const_cast<float*>(rows.data() + first * features_)}});
    const auto block = compiled_.output().as<float>();
    predictions.insert(predictions.end(), block.begin(), block.end());
  }
  return predictions;
}

}  // namespace backprop
