// Curves that say how good probabilities of classes are. Thread safety: pure functions.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

namespace backprop::cli {

// Five significant digits, or null: what a picture needs.
nlohmann::ordered_json short_number(double x);

// [{"name", "points": [[false positive rate, true positive rate], ...]}, ...], a class against all others: of two
// classes the second's, of more those of the ten with the most rows. A curve has at most 200 points, which are its own.
nlohmann::ordered_json roc_curves(std::span<const float> probabilities, std::span<const std::int64_t> labels,
                                  const std::vector<std::string>& classes);

// [{"confidence", "accuracy", "rows"}, ...]: the predicted class's probability in ten equal bins, those that have rows.
nlohmann::ordered_json calibration(std::span<const float> probabilities, std::span<const std::int64_t> labels,
                                   std::size_t classes);

}  // namespace backprop::cli
