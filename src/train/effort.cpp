#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "backprop/fit.hpp"

namespace backprop {

// Small batches are what makes small tables generalise; on large ones they only cost time, so the batch grows with the
// table until an epoch is 64 to 128 steps, up to 1,024 rows. Patience and the longest run are counted in steps, within
// bounds: an epoch of a large table teaches much, and the validation loss of a small one is noisy. Members cost as many
// times the work and lower the error more than anything else that was tried; of fewer rows than 25 none can be left out,
// and many rows leave less for a fifth member to gain (power plant 3.84 to 3.87 without it, in two thirds of the time).
Effort choose_effort(std::size_t examples) {
  constexpr std::size_t smallest = 64, largest = 1024;
  const std::size_t batch = std::clamp(std::bit_floor(std::max<std::size_t>(examples / 64, 1)), smallest, largest);
  const auto steps = static_cast<int>(std::min<std::size_t>((examples + batch - 1) / batch, 1'000'000));
  Effort effort;
  effort.batch_size = static_cast<int>(batch);
  effort.epochs = std::clamp(12'000 / std::max(steps, 1), 20, 1500);
  effort.patience = std::clamp(200 / std::max(steps, 1), 5, 150);
  effort.members = examples < 25 ? 1 : examples <= 2000 ? 5 : 4;
  return effort;
}

// A running average of the weights over the last 100 steps or so predicts better than the weights of any one of them. A
// decay of the weights keeps a classifier of few rows from being surer than they allow; three times as strong, it no
// longer learns borders that wind (a checkerboard of 16 fields). Standardised numbers gain nothing by it. Beside plain
// gradients, which shrink as the loss does, the same decay wins over them (iris with sgd: 0.96 to 0.83).
TrainOptions choose_training(Task task, const Optimiser& optimiser) {
  constexpr std::array<std::string_view, 5> scaled = {"adam", "amsgrad", "nadam", "adamax", "rmsprop"};
  TrainOptions options;
  options.averaging = Averaging::exponential;
  options.averaging_decay = 0.99;
  options.decay_biases = false;
  if (task == Task::classification && std::ranges::find(scaled, optimiser.name) != scaled.end()) {
    options.decoupled_weight_decay = 0.3;
  }
  return options;
}

}  // namespace backprop
