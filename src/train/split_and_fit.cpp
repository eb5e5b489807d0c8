#include <string>

#include "backprop/error.hpp"
#include "backprop/fit.hpp"
#include "data/split.hpp"

namespace backprop {
namespace {

// The examples with these row numbers.
struct Chosen {
  std::vector<float> inputs;
  std::vector<std::int64_t> labels;
  std::vector<double> values;
  std::span<const std::uint32_t> numbers;
  Examples view() const { return {.inputs = inputs, .labels = labels, .values = values, .numbers = numbers}; }
};

Chosen choose(const Examples& all, const std::vector<std::uint32_t>& rows) {
  Chosen chosen;
  chosen.numbers = rows;
  const std::size_t features = all.inputs.size() / all.rows();
  for (const std::uint32_t row : rows) {
    const std::span<const float> inputs = all.inputs.subspan(row * features, features);
    chosen.inputs.insert(chosen.inputs.end(), inputs.begin(), inputs.end());
    if (!all.labels.empty()) chosen.labels.push_back(all.labels[row]);
    if (!all.values.empty()) chosen.values.push_back(all.values[row]);
  }
  return chosen;
}

Model split_and_fit(const Network& network, const Examples& all, const FitOptions& options, FitReport* report) {
  if (all.rows() == 0 || all.inputs.size() % all.rows() != 0) {
    throw Error("[fit] " + std::to_string(all.inputs.size()) + " inputs are no matrix of " +
                std::to_string(all.rows()) + " rows");
  }
  const data::SplitFractions fractions{.validation = options.validation, .test = 0};
  const data::Split split = all.labels.empty() ? data::split_rows(all.rows(), fractions, options.seed)
                                               : data::split_classes(all.labels, fractions, options.seed);
  const Chosen train = choose(all, split.train), validation = choose(all, split.validation);
  return fit(network, train.view(), validation.view(), options, report);
}

}  // namespace

Model fit(const Network& network, std::span<const float> inputs, std::span<const std::int64_t> labels,
          const FitOptions& options, FitReport* report) {
  return split_and_fit(network, {.inputs = inputs, .labels = labels}, options, report);
}

Model fit(const Network& network, std::span<const float> inputs, std::span<const double> values,
          const FitOptions& options, FitReport* report) {
  return split_and_fit(network, {.inputs = inputs, .values = values}, options, report);
}

}  // namespace backprop
