// The learning-rate range test (Smith 2017, "Cyclical learning rates for training neural networks", section 3.3).
// Thread safety: as for fit().
#pragma once
#include <vector>

#include "backprop/fit.hpp"

namespace backprop {

struct RateTrial {
  double rate = 0;  // of a step
  double loss = 0;  // before it, smoothed over the steps so far
};

struct RateRange {
  std::vector<RateTrial> trials;  // rates rise by one factor from step to step
  double rate = 0;                // the one to train with
};

// A training of one network in which the rate rises from a thousandth of the optimiser's to a thousand times it, until
// the loss has grown fourfold or is no number. The rate to train with is a tenth of that at which the loss was least: the
// largest that still is well before the end. Throws Error as fit() does, and when the loss never was a number.
RateRange test_learning_rates(const Network& network, const Examples& train, const FitOptions& options);

}  // namespace backprop
