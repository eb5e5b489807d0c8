// What flags leave to be found by trials: the network of a small table, --learning-rate auto. Thread safety: used by the
// main thread only.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/choose_network.hpp"
#include "cli/training_data.hpp"
#include "train/learning_rate_range.hpp"

namespace backprop::cli {

struct Choices {
  std::vector<std::string> sentences;  // what was chosen and why
  std::vector<RateTrial> rate_trials;
  std::optional<Trained> trained;  // where a trial was all there is to do
};

// Sets the flags to what is found on the rows to train on: a second time there is nothing left to choose. Once stop()
// says so, the trials end early and what they say means nothing. `how`: see choose_network().
Choices make_choices(TrainFlags& flags, const LearningTable& learning, const data::Preprocessing& preprocessing,
                     const LabelledRows& train, const LabelledRows& validation, const FitOptions& how);

}  // namespace backprop::cli
