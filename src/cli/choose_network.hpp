// Which of two networks suits a small table. Thread safety: used by the main thread only.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/training_data.hpp"

namespace backprop::cli {

// A training that has come to its end.
struct Trained {
  Model model;
  FitReport report;
  std::vector<std::pair<Epoch, double>> epochs;  // with the seconds since its start
  std::string checkpoint;                        // its file, if there is one
};

struct NetworkChoice {
  std::string reason;              // a sentence; empty where nothing was compared
  std::optional<Trained> trained;  // the better one, unless limits of steps or time are to end it
};

// Where no flag says what network to train, members judge each other and there are at most 2,000 training rows (500 to
// predict numbers): names, of two networks, the one whose members have the lower loss on the rows that they left out.
// Tables of that size are trained in seconds, and now and then need borders that wind more than the usual network and
// decay of weights learn; of classes the second one is tried only where it could gain something. Of `how` the device,
// stop, on_step, on_epoch and, as the beginning of a name, the checkpoint's path are followed.
NetworkChoice choose_network(TrainFlags& flags, const LearningTable& learning, const data::Preprocessing& preprocessing,
                             const LabelledRows& train, const LabelledRows& validation, const FitOptions& how);

}  // namespace backprop::cli
