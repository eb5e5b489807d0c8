#include "train/judge.hpp"

#include <algorithm>
#include <limits>

namespace backprop {

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
  const std::size_t features = rows_.inputs.size() / rows_.rows();
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    Part part{Predictor(outputs[k], states, device), {}, {}};
    for (std::size_t r = 0; r < rows_.rows(); ++r) {
      if (!whole && parts[r] != k) continue;
      part.numbers.push_back(r);
      const std::span<const float> row = rows_.inputs.subspan(r * features, features);
      part.inputs.insert(part.inputs.end(), row.begin(), row.end());
    }
    parts_.push_back(std::move(part));
  }
}

double Judge::loss() {
  if (!has_rows()) return std::numeric_limits<double>::quiet_NaN();
  const auto outputs = static_cast<std::size_t>(subject_.outputs);
  for (Part& part : parts_) {
    const TensorView inputs{
        float32, {static_cast<std::int64_t>(part.numbers.size()), subject_.features}, part.inputs.data()};
    const std::vector<float> predictions = part.predictor.run(std::span(&inputs, 1));
    for (std::size_t i = 0; i < part.numbers.size(); ++i) {
      std::copy_n(predictions.begin() + static_cast<std::ptrdiff_t>(i * outputs), outputs,
                  predictions_.begin() + static_cast<std::ptrdiff_t>(part.numbers[i] * outputs));
    }
  }
  return mean_loss(predictions_, rows_, subject_);
}

}  // namespace backprop
