// --learning-rate auto. Thread safety: as for fit().
#pragma once
#include <memory>
#include <string>

#include "cli/training_data.hpp"
#include "train/learning_rate_range.hpp"

namespace backprop::cli {

// Sets the rate of flags that leave it to be found, by a trial on the rows to train on. The network is what the flags
// name.
RateRange find_rate(TrainFlags& flags, const LearningTable& learning, const data::Preprocessing& preprocessing,
                    const LabelledRows& train, const std::shared_ptr<Device>& device);
// A sentence that says what was found and why.
std::string describe_rate(const RateRange& range);

}  // namespace backprop::cli
