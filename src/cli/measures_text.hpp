// Measures for a person and for a script. Thread safety: pure functions.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "backprop/measures.hpp"
#include "backprop/model.hpp"

namespace backprop::cli {

// What a model does on some rows, none of them where there are no rows.
using Measured = std::variant<std::monostate, ClassMeasures, ValueMeasures, QuantileMeasures>;

// Every member of the measures under its own name; null for what is not a number, and for no rows.
nlohmann::ordered_json to_json(const Measured& measured, const ModelInfo& info);
// "accuracy 0.967, balanced accuracy 0.967, roc auc 0.998, loss 0.113 (30 rows)"
std::string to_text(const Measured& measured);
// The mean loss that training makes less; NaN for no rows.
double loss_of(const Measured& measured);
// Four significant digits.
std::string to_text(double number);

}  // namespace backprop::cli
