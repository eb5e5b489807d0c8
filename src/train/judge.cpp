#include "train/judge.hpp"

#include <algorithm>
#include <limits>

namespace backprop {
namespace {

constexpr std::size_t rows_of_a_predictor = 1024;  // of a block: as many as it takes at once

}  // namespace

Judge::Judge(std::span<const Network> members, const Subject& subject, const Examples& train,
             const Examples& validation, std::span<const std::uint32_t> parts,
             const std::shared_ptr<StateStore>& states, const std::shared_ptr<Device>& device)
    : rows_(validation.rows() > 0 ? validation
            : parts.empty()       ? Examples()
                                  : train),
      subject_(subject) {
  if (rows_.rows() == 0) return;
  predictions_.resize(rows_.rows() * static_cast<std::size_t>(subject.outputs));
  Graph graph;
  const bool whole = validation.rows() > 0;  // all members judge all rows together
  const std::vector<Value> outputs =
      whole ? std::vector<Value>{write_model(graph, members, subject)} : write_members(graph, members, subject);
  for (const Value& output : outputs) predictors_.emplace_back(output, states, device);
  if (!whole) parts_ = parts;
}

double Judge::loss() {
  if (!has_rows()) return std::numeric_limits<double>::quiet_NaN();
  const auto outputs = static_cast<std::size_t>(subject_.outputs),
             features = static_cast<std::size_t>(subject_.features);
  const std::size_t block_rows = rows_of_a_predictor * predictors_.size();
  std::vector<std::size_t> numbers;
  std::vector<float> inputs, chosen;
  for (std::size_t first = 0; first < rows_.rows(); first += block_rows) {
    const std::size_t count = std::min(block_rows, rows_.rows() - first);
    inputs.resize(count * features);
    read_inputs(rows_, first, inputs);
    for (std::size_t k = 0; k < predictors_.size(); ++k) {
      numbers.clear();
      chosen.clear();
      for (std::size_t r = 0; r < count; ++r) {
        if (!parts_.empty() && parts_[first + r] != k) continue;
        numbers.push_back(first + r);
        const std::span<const float> row = std::span(inputs).subspan(r * features, features);
        chosen.insert(chosen.end(), row.begin(), row.end());
      }
      const TensorView view{float32, {static_cast<std::int64_t>(numbers.size()), subject_.features}, chosen.data()};
      const std::vector<float> predictions = predictors_[k].run(std::span(&view, 1));
      for (std::size_t i = 0; i < numbers.size(); ++i) {
        std::copy_n(predictions.begin() + static_cast<std::ptrdiff_t>(i * outputs), outputs,
                    predictions_.begin() + static_cast<std::ptrdiff_t>(numbers[i] * outputs));
      }
    }
  }
  return mean_loss(predictions_, rows_, subject_);
}

}  // namespace backprop
