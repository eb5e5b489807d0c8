#include "cli/find_rate.hpp"

#include "cli/measures_text.hpp"

namespace backprop::cli {

RateRange find_rate(TrainFlags& flags, const LearningTable& learning, const data::Preprocessing& preprocessing,
                    const LabelledRows& train, const std::shared_ptr<Device>& device) {
  FitOptions options = flags.fit_options(learning.info.task, train.inputs.rows);
  options.info = learning.info;
  options.device = device;
  const RateRange range = test_learning_rates(flags.network(learning.info.task, preprocessing, learning.outputs()),
                                              train.examples(), options);
  flags.learning_rate = to_text(range.rate);
  return range;
}

std::string describe_rate(const RateRange& range) {
  return "learning rate " + to_text(range.rate) + ": a tenth of that at which the loss was least in a trial of " +
         std::to_string(range.trials.size()) + " steps, in which it rose from " + to_text(range.trials.front().rate) +
         " to " + to_text(range.trials.back().rate);
}

}  // namespace backprop::cli
