// What flags leave to be found by trials: the network of a small table, --learning-rate auto. Thread safety: used by the
// main thread only.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/training_data.hpp"
#include "train/learning_rate_range.hpp"

namespace backprop::cli {

struct Choices {
  std::vector<std::string> sentences;  // what was chosen and why
  std::vector<RateTrial> rate_trials;
};

// Sets the flags to what is found on the rows to train on: a second time there is nothing left to choose. Once stop()
// says so, the trials end early and what they say means nothing.
Choices make_choices(TrainFlags& flags, const LearningTable& learning, const data::Preprocessing& preprocessing,
                     const LabelledRows& train, const LabelledRows& validation, const std::shared_ptr<Device>& device,
                     const std::function<bool()>& stop);

}  // namespace backprop::cli
