// Quantiles that hold: shifted by what rows that were not learned from say. Thread safety: pure functions.
#pragma once
#include <span>
#include <vector>

#include "backprop/fit.hpp"

namespace backprop {

// One-sided split conformal prediction (Romano, Patterson and Candes 2019, theorem 2): what to add to each predicted
// quantile q, so that a new row like these n lies at or below it with a probability of at least q, for q >= 1/2, or at
// most q. With weights, a row counts as often as it weighs. `predictions` [rows, quantiles] beside the examples' values;
// zeros when there are no rows.
std::vector<float> conformal_shifts(std::span<const float> predictions, const Examples& rows,
                                    std::span<const double> quantiles);

// Predictions so shifted, and in order: each is at least that of every lower quantile.
Value calibrate(Value predictions, std::span<const float> shifts, std::span<const double> quantiles);
void calibrate(std::span<float> predictions, std::span<const float> shifts, std::span<const double> quantiles);

}  // namespace backprop
