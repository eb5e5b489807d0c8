// The training that the flags ask for. Thread safety: used by the main thread only.
#pragma once
#include <string>

#include "cli/training_data.hpp"

namespace backprop::cli {

// What keeps these rows from Levenberg-Marquardt, or nothing.
std::string obstacle_to_least_squares(const TrainFlags& flags, const LearningTable& learning,
                                      const data::Preprocessing& preprocessing, const LabelledRows& validation);

// fit(), or fit_least_squares(). Throws UsageError where that can't be, otherwise as they do.
Model train_network(const TrainFlags& flags, const LearningTable& learning, const data::Preprocessing& preprocessing,
                    const LabelledRows& train, const LabelledRows& validation, const FitOptions& options,
                    FitReport* report);

}  // namespace backprop::cli
