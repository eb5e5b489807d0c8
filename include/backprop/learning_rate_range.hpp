// A learning rate for a network and its examples, found by a range test (Smith 2017): the rate grows from step to step,
// and the loss tells where learning is fastest and where it breaks down. Thread safety: as for fit().
#pragma once
#include <vector>

#include "backprop/fit.hpp"

namespace backprop {

struct RangePoint {
  double rate = 0;
  double loss = 0;  // of a batch before its step, smoothed over about ten steps
};

struct RangeTest {
  double rate = 0;                // recommended
  std::vector<RangePoint> curve;  // one a step; ends where the loss has grown to four times its least, or is not finite
};

// Takes the optimiser of the options at rates from 1e-6 to 10, growing by 10 % a step, on batches of the examples; the
// network starts anew. The recommended rate is where the smoothed loss falls fastest over a tenfold of the rate.
RangeTest find_learning_rate(const Network& network, const Examples& train, const FitOptions& options = {});

}  // namespace backprop
