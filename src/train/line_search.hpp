// A step length along a direction that satisfies the strong Wolfe conditions. Thread safety: pure.
#pragma once
#include <functional>

namespace backprop {

// The loss and its slope along the direction, at a length.
struct LinePoint {
  double length = 0, loss = 0, slope = 0;
};

// Nocedal and Wright, algorithms 3.5 and 3.6, with cubic interpolation: loss at most start.loss + 1e-4 length
// start.slope, and |slope| at most 0.9 |start.slope|. Where no such point is found the lowest one seen; length 0 when
// none is lower than the start.
LinePoint strong_wolfe(const std::function<LinePoint(double length)>& evaluate, const LinePoint& start,
                       double first_length);

}  // namespace backprop
