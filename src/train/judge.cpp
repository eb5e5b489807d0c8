#include "train/judge.hpp"

#include <algorithm>
#include <limits>

#include "base/thread_pool.hpp"

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
      subject_(subject),
      device_(device) {
  if (rows_.rows() == 0) return;
  predictions_.resize(rows_.rows() * static_cast<std::size_t>(subject.outputs));
  Graph graph;
  const bool whole = validation.rows() > 0;  // all members judge all rows together
  const std::vector<Value> outputs =
      whole ? std::vector<Value>{write_model(graph, members, subject)} : write_members(graph, members, subject);
  for (const Value& output : outputs) {
    const auto own = whole ? device : std::make_shared<Device>(DeviceOptions{.threads = 1});
    predictors_.push_back({Predictor(output, states, own), {}, {}});
  }
  if (!whole) parts_ = parts;
}

double Judge::loss() {
  if (!has_rows()) return std::numeric_limits<double>::quiet_NaN();
  const auto features = static_cast<std::size_t>(subject_.features);
  for (std::size_t first = 0; first < rows_.rows(); first += judged_at_once) {
    const std::size_t count = std::min(judged_at_once, rows_.rows() - first);
    block_.resize(count * features);
    read_inputs(rows_, first, block_);
    bool crowded = false;
    for (std::size_t r = 0; r < count; ++r) {
      OfPart& part = predictors_[parts_.empty() ? 0 : parts_[first + r]];
      part.numbers.push_back(first + r);
      const std::span<const float> row = std::span(block_).subspan(r * features, features);
      part.inputs.insert(part.inputs.end(), row.begin(), row.end());
      crowded = crowded || part.numbers.size() >= 3 * judged_at_once / 2;  // by then the other parts have one block
    }
    if (crowded) predict(judged_at_once);
  }
  predict(1);
  return mean_loss(predictions_, rows_, subject_);
}

// Members side by side, each on one thread; a single predictor has all of them.
void Judge::predict(std::size_t at_least) {
  for_each_item(device_->pool(), predictors_.size(), [&](std::size_t k) {
    while (predictors_[k].numbers.size() >= at_least) predict(predictors_[k]);
  });
}

void Judge::predict(OfPart& part) {
  const auto outputs = static_cast<std::size_t>(subject_.outputs);
  const auto features = static_cast<std::size_t>(subject_.features);
  const std::size_t rows = std::min(part.numbers.size(), judged_at_once);
  const TensorView inputs{float32, {static_cast<std::int64_t>(rows), subject_.features}, part.inputs.data()};
  const std::vector<float> predictions = part.predictor.run(std::span(&inputs, 1));
  for (std::size_t i = 0; i < rows; ++i) {
    std::copy_n(predictions.begin() + static_cast<std::ptrdiff_t>(i * outputs), outputs,
                predictions_.begin() + static_cast<std::ptrdiff_t>(part.numbers[i] * outputs));
  }
  part.numbers.erase(part.numbers.begin(), part.numbers.begin() + static_cast<std::ptrdiff_t>(rows));
  part.inputs.erase(part.inputs.begin(), part.inputs.begin() + static_cast<std::ptrdiff_t>(rows * features));
}

}  // namespace backprop
