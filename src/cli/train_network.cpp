#include "cli/train_network.hpp"

#include "backprop/error.hpp"

namespace backprop::cli {
namespace {

constexpr std::int64_t most_parameters = 2000;  // a step solves for all of them at once

std::int64_t parameters(const TrainFlags& flags, const data::Preprocessing& preprocessing) {
  auto width = static_cast<std::int64_t>(preprocessing.features());
  std::int64_t count = 0;
  for (const std::int64_t units : flags.hidden_units()) {
    count += (width + 1) * units;
    width = units;
  }
  return count + width + 1;
}

}  // namespace

std::string obstacle_to_least_squares(const TrainFlags& flags, const LearningTable& learning,
                                      const data::Preprocessing& preprocessing, const LabelledRows& validation) {
  if (learning.info.task == Task::classification) return "it learns numbers, not classes";
  if (learning.info.targets.size() != 1 || !learning.info.quantiles.empty()) return "it learns one number a row";
  if (!learning.weights.empty()) return "rows all count the same (leave out --weight)";
  if (validation.inputs.rows > 0) return "its members judge each other (leave out --validation)";
  if (preprocessing.has_embeddings()) return "a column has too many categories (leave it out: --ignore)";
  const std::int64_t count = parameters(flags, preprocessing);
  if (count > most_parameters) {
    return std::to_string(count) + " parameters are too many, " + std::to_string(most_parameters) +
           " can be (fewer units: --hidden)";
  }
  return "";
}

Model train_network(const TrainFlags& flags, const LearningTable& learning, const data::Preprocessing& preprocessing,
                    const LabelledRows& train, const LabelledRows& validation, const FitOptions& options,
                    FitReport* report) {
  const Network network = flags.network(learning.info.task, preprocessing, learning.outputs());
  if (!flags.least_squares()) return fit(network, train.examples(), validation.examples(), options, report);
  const std::string obstacle = obstacle_to_least_squares(flags, learning, preprocessing, validation);
  if (!obstacle.empty()) throw UsageError("--optimizer levenberg_marquardt: " + obstacle);
  return fit_least_squares(network, train.examples(), options, report);
}

}  // namespace backprop::cli
