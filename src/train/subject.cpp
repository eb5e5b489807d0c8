#include "train/subject.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <string>

#include "backprop/error.hpp"
#include "backprop/losses.hpp"
#include "data/folds.hpp"
#include "train/pinball.hpp"

namespace backprop {
namespace {

Value constant_row(Graph& graph, const std::vector<data::Scale>& scales, float data::Scale::*member) {
  std::vector<float> values;
  std::ranges::transform(scales, std::back_inserter(values), member);
  return graph.constant(
      Tensor::from<float>({static_cast<std::int64_t>(values.size())}, std::span<const float>(values)));
}

void check_quantiles(const ModelInfo& info) {
  if (info.quantiles.empty()) return;
  if (info.task == Task::classification) throw Error("[fit] classes have no quantiles");
  if (info.quantiles.size() != info.targets.size()) {
    throw Error("[fit] " + std::to_string(info.quantiles.size()) + " quantiles for " +
                std::to_string(info.targets.size()) + " targets");
  }
  for (std::size_t k = 0; k < info.quantiles.size(); ++k) {
    const bool ascends = k == 0 || info.quantiles[k] > info.quantiles[k - 1];
    if (info.quantiles[k] > 0 && info.quantiles[k] < 1 && ascends && info.targets[k] == info.targets[0]) continue;
    throw Error("[fit] ascending quantiles between 0 and 1 of one target are needed");
  }
}

}  // namespace

double Subject::constant_loss() const {
  if (classification()) return std::log(static_cast<double>(outputs));
  return target_scales.empty() ? std::numeric_limits<double>::infinity() : 1.0;
}

Subject describe(const Examples& train, const FitOptions& options) {
  const std::size_t rows = train.rows();
  if (train.read && options.standardise) throw Error("[fit] inputs that are read must be standardised before");
  const std::size_t inputs = train.read ? rows * train.features : train.inputs.size();
  if (rows == 0 || inputs % rows != 0 || inputs == 0) {
    throw Error("[fit] " + std::to_string(inputs) + " inputs are no matrix of " + std::to_string(rows) + " rows");
  }
  if (!train.weights.empty() && train.weights.size() != rows) {
    throw Error("[fit] " + std::to_string(train.weights.size()) + " weights for " + std::to_string(rows) + " rows");
  }
  Subject subject;
  subject.info = options.info;
  subject.info.task = train.labels.empty() ? Task::regression : Task::classification;
  const std::size_t features = inputs / rows;
  ModelInfo& info = subject.info;
  for (std::size_t i = info.features.size(); i < features; ++i) info.features.push_back("x" + std::to_string(i + 1));
  if (info.targets.empty() && (train.targets == 1 || !info.quantiles.empty())) info.targets.assign(train.targets, "y");
  for (std::size_t t = info.targets.size(); t < train.targets; ++t) info.targets.push_back("y" + std::to_string(t + 1));
  if (info.targets.size() != train.targets) throw Error("[fit] more names than targets");
  check_quantiles(info);
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
  subject.weighted = !train.weights.empty();
  if (subject.weighted) {
    double sum = 0;
    for (const float weight : train.weights) sum += weight;
    subject.mean_weight = sum / static_cast<double>(rows);
  }
  if (options.standardise) subject.scales = data::fit_scales(train.inputs, features);
  if (subject.classification()) return subject;
  subject.outputs = static_cast<std::int64_t>(train.targets);
  if (options.standardise_targets) {
    const std::vector<float> values(train.values.begin(), train.values.end());
    subject.target_scales = data::fit_scales(values, train.targets);
  }
  return subject;
}

std::vector<std::uint32_t> parts_of(const Examples& train, const Examples& validation, const FitOptions& options) {
  if (options.members < 1) throw UsageError("[fit] at least one member is needed");
  if (options.members == 1 || validation.rows() > 0) return {};
  const auto count = static_cast<std::size_t>(options.members);
  return train.labels.empty() ? data::deal_rows(train.rows(), count, options.seed)
                              : data::deal_classes(train.labels, count, options.seed);
}

std::vector<Network> make_members(const Network& network, int count) {
  if (count == 1) return {network};
  std::vector<Network> members;
  for (int k = 1; k <= count; ++k) members.emplace_back("member_" + std::to_string(k), std::vector<Layer>{network});
  return members;
}

std::vector<Value> write_members(Graph& graph, std::span<const Network> members, const Subject& subject) {
  Value x = graph.input({named("B"), subject.features}, float32, "features");
  if (!subject.scales.empty()) {
    x = (x - constant_row(graph, subject.scales, &data::Scale::mean)) /
        constant_row(graph, subject.scales, &data::Scale::deviation);
  }
  std::vector<Value> outputs;
  for (const Network& member : members) {
    Value y = member(x, Mode::evaluation);
    if (y.shape().rank() != 2 || !(y.shape()[1] == Dim(subject.outputs))) {
      throw Error("[fit] the network's outputs are " + to_string(y.shape()) + ", [B, " +
                  std::to_string(subject.outputs) + "] are needed");
    }
    if (subject.classification()) {
      y = softmax(y);
    } else if (!subject.target_scales.empty()) {
      y = y * constant_row(graph, subject.target_scales, &data::Scale::deviation) +
          constant_row(graph, subject.target_scales, &data::Scale::mean);
    }
    outputs.push_back(y);
  }
  return outputs;
}

Value write_model(Graph& graph, std::span<const Network> members, const Subject& subject) {
  const std::vector<Value> outputs = write_members(graph, members, subject);
  Value total = outputs[0];
  for (std::size_t k = 1; k < outputs.size(); ++k) total = total + outputs[k];
  return outputs.size() == 1 ? total : total * (1.0 / static_cast<double>(outputs.size()));
}

Value write_loss(Graph& graph, std::span<const Network> members, const Subject& subject, bool parts) {
  const Dim batch = named("B");
  const auto count = static_cast<std::int64_t>(members.size());
  const Value x = graph.input({batch, subject.features}, float32, "features");
  const Value targets = subject.classification() ? graph.input({batch}, int64, "labels")
                                                 : graph.input({batch, subject.outputs}, float32, "values");
  const Value weights = parts              ? graph.input({batch, count}, float32, "weights")
                        : subject.weighted ? graph.input({batch}, float32, "weights")
                                           : Value{};
  Value total;
  for (std::int64_t k = 0; k < count; ++k) {
    const Value y = members[static_cast<std::size_t>(k)](x, Mode::training);
    const Value each = subject.classification()         ? losses::cross_entropy(y, targets)
                       : subject.info.quantiles.empty() ? losses::squared(y, targets)
                                                        : losses::quantile(y, targets, subject.info.quantiles);
    // A batch may have no row that a member learns from, so its weights are not divided by their sum.
    const Value loss = parts ? average(each * reshape(slice(weights, 1, k, k + 1), {batch})) : average(each, weights);
    total = k == 0 ? loss : total + loss;
  }
  return total;
}

void read_inputs(const Examples& examples, std::size_t first, std::span<float> inputs) {
  if (examples.read) return examples.read(first, inputs);
  const std::size_t features = examples.inputs.size() / examples.rows();
  std::copy_n(examples.inputs.begin() + static_cast<std::ptrdiff_t>(first * features), inputs.size(), inputs.begin());
}

std::vector<Tensor> prepare(const Examples& train, const Subject& subject, std::span<const std::uint32_t> parts,
                            int members, std::size_t first, std::size_t count) {
  const auto rows = static_cast<std::int64_t>(count);
  std::vector<Tensor> prepared;
  read_inputs(train, first, prepared.emplace_back(float32, Extents{rows, subject.features}).as<float>());
  if (!subject.scales.empty()) data::standardise(prepared[0].as<float>(), subject.scales);
  if (subject.classification()) {
    prepared.push_back(Tensor::from<std::int64_t>({rows}, train.labels.subspan(first, count)));
  } else {
    const auto values = prepared.emplace_back(float32, Extents{rows, subject.outputs}).as<float>();
    const std::span<const double> from = train.values.subspan(first * train.targets);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(from[i]);
    if (!subject.target_scales.empty()) data::standardise(values, subject.target_scales);
  }
  if (parts.empty()) {
    if (subject.weighted) prepared.push_back(Tensor::from<float>({rows}, train.weights.subspan(first, count)));
    return prepared;
  }
  // 0 where a member leaves an example out; the mean over all is 1.
  const auto width = static_cast<std::size_t>(members);
  const auto weights = prepared.emplace_back(float32, Extents{rows, members}).as<float>();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::size_t row = first + i / width;
    if (parts[row] == i % width) continue;
    const double weight = subject.weighted ? train.weights[row] : 1.0;
    weights[i] = static_cast<float>(weight / subject.mean_weight * members / (members - 1));
  }
  return prepared;
}

double mean_loss(std::span<const float> predictions, const Examples& examples, const Subject& subject) {
  const auto outputs = static_cast<std::size_t>(subject.outputs);
  double total = 0, weights = 0;
  for (std::size_t r = 0; r < examples.rows(); ++r) {
    const std::span<const float> row = predictions.subspan(r * outputs, outputs);
    double loss = 0;
    if (subject.classification()) {
      const double probability = row[static_cast<std::size_t>(examples.labels[r])];
      constexpr double least = std::numeric_limits<float>::min();
      loss = -std::log(std::isnan(probability) ? probability : std::max(probability, least));
    }
    for (std::size_t k = 0; k < outputs && !subject.classification(); ++k) {
      const double deviation = subject.target_scales.empty() ? 1 : subject.target_scales[k].deviation;
      const double error = (static_cast<double>(row[k]) - examples.values[r * outputs + k]) / deviation;
      const double each = subject.info.quantiles.empty() ? error * error : pinball(-error, subject.info.quantiles[k]);
      loss += each / static_cast<double>(outputs);
    }
    const double weight = examples.weights.empty() ? 1 : examples.weights[r];
    total += weight * loss;
    weights += weight;
  }
  return total / weights;
}

}  // namespace backprop
