#include "train/subject.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "backprop/error.hpp"
#include "backprop/losses.hpp"

namespace backprop {
namespace {

Value constant_row(Graph& graph, const std::vector<data::Scale>& scales, float data::Scale::*member) {
  std::vector<float> values;
  for (const data::Scale& scale : scales) values.push_back(scale.*member);
  return graph.constant(
      Tensor::from<float>({static_cast<std::int64_t>(values.size())}, std::span<const float>(values)));
}

}  // namespace

double Subject::constant_loss() const {
  if (classification()) return std::log(static_cast<double>(outputs));
  return scales.empty() ? std::numeric_limits<double>::infinity() : 1.0;
}

Subject describe(const Examples& train, const FitOptions& options) {
  const std::size_t rows = train.rows();
  if (rows == 0 || train.inputs.size() % rows != 0 || train.inputs.empty()) {
    throw Error("[fit] " + std::to_string(train.inputs.size()) + " inputs are no matrix of " + std::to_string(rows) +
                " rows");
  }
  Subject subject;
  subject.info = options.info;
  subject.info.task = train.labels.empty() ? Task::regression : Task::classification;
  const std::size_t features = train.inputs.size() / rows;
  ModelInfo& info = subject.info;
  for (std::size_t i = info.features.size(); i < features; ++i) info.features.push_back("x" + std::to_string(i + 1));
  if (info.target.empty()) info.target = "y";
  if (info.features.size() != features) throw Error("[fit] more names than features");
  if (subject.classification()) {
    const auto [least, most] = std::minmax_element(train.labels.begin(), train.labels.end());
    if (*least < 0) throw Error("[fit] a label is negative");
    for (auto k = static_cast<std::int64_t>(info.classes.size()); k <= *most; ++k) {
      info.classes.push_back(std::to_string(k));
    }
    subject.outputs = static_cast<std::int64_t>(info.classes.size());
  }
  subject.features = static_cast<std::int64_t>(features);
  if (options.standardise) {
    subject.scales = data::fit_scales(train.inputs, features);
    if (!subject.classification()) {
      std::vector<std::uint32_t> all(rows);
      for (std::size_t r = 0; r < rows; ++r) all[r] = static_cast<std::uint32_t>(r);
      subject.target_scale = data::fit_scale(train.values, all);
      if (subject.target_scale.deviation == 0) subject.target_scale.deviation = 1;
    }
  }
  return subject;
}

Value write_model(Graph& graph, const Network& network, const Subject& subject) {
  Value x = graph.input({named("B"), subject.features}, float32, "features");
  if (!subject.scales.empty()) {
    x = (x - constant_row(graph, subject.scales, &data::Scale::mean)) /
        constant_row(graph, subject.scales, &data::Scale::deviation);
  }
  const Value y = network(x, Mode::evaluation);
  if (y.shape().rank() != 2 || !(y.shape()[1] == Dim(subject.outputs))) {
    throw Error("[fit] the network's outputs are " + to_string(y.shape()) + ", [B, " + std::to_string(subject.outputs) +
                "] are needed");
  }
  if (subject.classification()) return softmax(y);
  if (subject.scales.empty()) return y;
  return y * static_cast<double>(subject.target_scale.deviation) + static_cast<double>(subject.target_scale.mean);
}

Value write_loss(Graph& graph, const Network& network, const Subject& subject) {
  const Dim batch = named("B");
  const Value x = graph.input({batch, subject.features}, float32, "features");
  if (subject.classification()) {
    const Value labels = graph.input({batch}, int64, "labels");
    return cross_entropy(network(x, Mode::training), labels);
  }
  const Value values = graph.input({batch, 1}, float32, "values");
  return squared_error(network(x, Mode::training), values);
}

Prepared prepare(const Examples& train, const Subject& subject) {
  const auto rows = static_cast<std::int64_t>(train.rows());
  Prepared prepared{Tensor::from<float>({rows, subject.features}, train.inputs), {}};
  if (!subject.scales.empty()) data::standardise(prepared.inputs.as<float>(), subject.scales);
  if (subject.classification()) {
    prepared.targets = Tensor::from<std::int64_t>({rows}, train.labels);
  } else {
    prepared.targets = Tensor(float32, {rows, 1});
    const auto values = prepared.targets.as<float>();
    for (std::size_t r = 0; r < values.size(); ++r) values[r] = subject.target_scale.apply(train.values[r]);
  }
  return prepared;
}

}  // namespace backprop
