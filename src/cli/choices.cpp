#include "cli/choices.hpp"

#include "cli/choose_network.hpp"
#include "cli/find_rate.hpp"

namespace backprop::cli {

Choices make_choices(TrainFlags& flags, const LearningTable& learning, const data::Preprocessing& preprocessing,
                     const LabelledRows& train, const LabelledRows& validation, const std::shared_ptr<Device>& device,
                     const std::function<bool()>& stop) {
  Choices choices;
  const std::string reason = choose_network(flags, learning, preprocessing, train, validation, device, stop);
  if (!reason.empty()) choices.sentences.push_back(reason);
  if (flags.finds_rate() && !stop()) {
    const RateRange range = find_rate(flags, learning, preprocessing, train, device);
    choices.sentences.push_back(describe_rate(range));
    choices.rate_trials = range.trials;
  }
  return choices;
}

}  // namespace backprop::cli
