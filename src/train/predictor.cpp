#include "train/predictor.hpp"

#include <algorithm>

namespace backprop {
namespace {

constexpr std::int64_t block_rows = 1024;  // keeps memory bounded; a product is as fast as it gets

// Rows [first, first + count) of an array. The plan only reads its inputs.
TensorView rows_of(const TensorView& all, std::int64_t first, std::int64_t count) {
  TensorView part = all;
  const std::int64_t row_elements = all.size() / std::max<std::int64_t>(all.extents[0], 1);
  part.extents[0] = count;
  part.data = static_cast<std::byte*>(all.data) + static_cast<std::size_t>(first * row_elements) * size_of(all.dtype);
  return part;
}

}  // namespace

Predictor::Predictor(Value output, std::shared_ptr<StateStore> store, std::shared_ptr<Device> device)
    : compiled_(compile(output, {.device = std::move(device), .store = std::move(store)})) {}

std::vector<float> Predictor::run(std::span<const TensorView> inputs) {
  const std::int64_t count = inputs[0].extents[0];
  std::vector<float> predictions;
  std::vector<TensorView> block(inputs.size());
  for (std::int64_t first = 0; first < count; first += block_rows) {
    const std::int64_t size = std::min(block_rows, count - first);
    for (std::size_t i = 0; i < inputs.size(); ++i) block[i] = rows_of(inputs[i], first, size);
    compiled_.run(block);
    const auto output = compiled_.output().as<float>();
    predictions.insert(predictions.end(), output.begin(), output.end());
  }
  return predictions;
}

}  // namespace backprop
