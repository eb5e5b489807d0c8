// Measures for a person and for a script. Thread safety: pure functions.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "backprop/measures.hpp"
#include "backprop/task.hpp"

namespace backprop::cli {

// {"rows", "loss", "accuracy"} or {"rows", "loss", "rmse", "mae", "r2"}; null for what is not a number, and for no
// rows.
nlohmann::ordered_json to_json(const Measures& measures, Task task);
// "accuracy 0.967, loss 0.113 (30 rows)"
std::string to_text(const Measures& measures, Task task);
// Four significant digits.
std::string to_text(double number);

}  // namespace backprop::cli
