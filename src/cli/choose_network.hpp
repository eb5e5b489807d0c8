// Which of two networks suits a small table. Thread safety: used by the main thread only.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "cli/training_data.hpp"

namespace backprop::cli {

// Where no flag says what network to train, members judge each other and there are at most 1,000 training rows (500 to
// predict numbers): names, of two networks, the one whose members have the lower loss on the rows that they left out.
// Tables of that size are trained in seconds, and now and then need borders that wind more than the usual network and
// decay of weights learn. Gives a sentence that says why; otherwise it gives nothing and the network is the usual one.
std::string choose_network(TrainFlags& flags, const LearningTable& learning, const data::Preprocessing& preprocessing,
                           const LabelledRows& train, const LabelledRows& validation,
                           const std::shared_ptr<Device>& device, const std::function<bool()>& stop);

}  // namespace backprop::cli
