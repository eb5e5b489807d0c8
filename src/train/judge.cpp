#include "train/judge.hpp"

#include <algorithm>
#include <limits>

namespace backprop {
namespace {

constexpr std::size_t judged_at_once = 1024;  // as many as a predictor takes at once

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
  for (const Value& output : outputs) predictors_.push_back({Predictor(output, states, device), {}, {}});
  if (!whole) parts_ = parts;
}

double Judge::loss() {
  if (!has_rows()) return std::numeric_limits<double>::quiet_NaN();
  const auto features = static_cast<std::size_t>(subject_.features);
  std::vector<float> inputs;
  for (std::size_t first = 0; first < rows_.rows(); first += judged_at_once) {
    const std::size_t count = std::min(judged_at_once, rows_.rows() - first);
    inputs.resize(count * features);
    read_inputs(rows_, first, inputs);
    for (std::size_t r = 0; r < count; ++r) {
      OfPart& part = predictors_[parts_.empty() ? 0 : parts_[first + r]];
      part.numbers.push_back(first + r);
      const std::span<const float> row = std::span(inputs).subspan(r * features, features);
      part.inputs.insert(part.inputs.end(), row.begin(), row.end());
      if (part.numbers.size() == judged_at_once) predict(part);
    }
  }
  for (OfPart& part : predictors_) predict(part);
  return mean_loss(predictions_, rows_, subject_);
}

void Judge::predict(OfPart& part) {
  const auto outputs = static_cast<std::size_t>(subject_.outputs);
  const TensorView inputs{
      float32, {static_cast<std::int64_t>(part.numbers.size()), subject_.features}, part.inputs.data()};
  const std::vector<float> predictions = part.predictor.run(std::span(&inputs, 1));
  for (std::size_t i = 0; i < part.numbers.size(); ++i) {
    std::copy_n(predictions.begin() + static_cast<std::ptrdiff_t>(i * outputs), outputs,
                predictions_.begin() + static_cast<std::ptrdiff_t>(part.numbers[i] * outputs));
  }
  part.numbers.clear();
  part.inputs.clear();
}

}  // namespace backprop
