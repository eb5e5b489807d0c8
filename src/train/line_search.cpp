#include "train/line_search.hpp"

#include <algorithm>
#include <cmath>

namespace backprop {
namespace {

constexpr double decrease = 1e-4, curvature = 0.9;
constexpr int most_evaluations = 30;

// The minimum of the cubic through two points with their slopes (Nocedal and Wright, 3.59), kept off both ends.
double cubic_minimum(const LinePoint& a, const LinePoint& b) {
  const double low = std::min(a.length, b.length), width = std::abs(b.length - a.length);
  const double d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.length - b.length);
  const double square = d1 * d1 - a.slope * b.slope;
  double length = low + width / 2;
  if (square >= 0) {
    const double d2 = std::copysign(std::sqrt(square), b.length - a.length);
    length = b.length - (b.length - a.length) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
  }
  if (!std::isfinite(length)) length = low + width / 2;
  return std::clamp(length, low + 0.1 * width, low + 0.9 * width);
}

}  // namespace

LinePoint strong_wolfe(const std::function<LinePoint(double)>& evaluate, const LinePoint& start, double first_length) {
  int evaluations = 0;
  const auto at = [&](double length) {
    ++evaluations;
    LinePoint p = evaluate(length);
    if (!std::isfinite(p.loss) || !std::isfinite(p.slope)) p.loss = HUGE_VAL;
    return p;
  };
  const auto too_high = [&](const LinePoint& p) { return !(p.loss <= start.loss + decrease * p.length * start.slope); };
  const auto flat = [&](const LinePoint& p) { return std::abs(p.slope) <= -curvature * start.slope; };

  // `low` has the lowest loss that satisfies the decrease; the minimum lies between it and `high`.
  LinePoint low = start, high;
  bool bracketed = false;
  for (double length = first_length; !bracketed && evaluations < most_evaluations; length *= 2) {
    const LinePoint p = at(length);
    if (too_high(p) || (evaluations > 1 && p.loss >= low.loss)) {
      high = p;
      bracketed = true;
    } else if (flat(p)) {
      return p;
    } else if (p.slope >= 0) {
      high = low;
      low = p;
      bracketed = true;
    } else {
      low = p;
    }
  }
  while (bracketed && evaluations < most_evaluations) {
    const bool finite = std::isfinite(high.loss);
    const LinePoint p = at(finite ? cubic_minimum(low, high) : low.length + 0.1 * (high.length - low.length));
    if (too_high(p) || p.loss >= low.loss) {
      high = p;
      continue;
    }
    if (flat(p)) return p;
    if (p.slope * (high.length - low.length) >= 0) high = low;
    low = p;
  }
  return low;
}

}  // namespace backprop
