#include "cli/choices.hpp"

#include "cli/find_rate.hpp"

namespace backprop::cli {

Choices make_choices(TrainFlags& flags, const LearningTable& learning, const data::Preprocessing& preprocessing,
                     const LabelledRows& train, const LabelledRows& validation, const FitOptions& how) {
  Choices choices;
  NetworkChoice network = choose_network(flags, learning, preprocessing, train, validation, how);
  if (!network.reason.empty()) choices.sentences.push_back(network.reason);
  choices.trained = std::move(network.trained);
  if (flags.finds_rate() && !(how.stop && how.stop())) {
    const RateRange range = find_rate(flags, learning, preprocessing, train, how.device);
    choices.sentences.push_back(describe_rate(range));
    choices.rate_trials = range.trials;
  }
  return choices;
}

}  // namespace backprop::cli
