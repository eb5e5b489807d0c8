// What a report shows of a table's columns. Thread safety: pure functions.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cli/training_data.hpp"

namespace backprop::cli {

// [{"name", "role", "left_out", "missing", and "least", "mean", "most", "bins", or "distinct", "common"}, ...]: the
// targets first, then those that are learned from with the model's input, then those that are left out, 200 at most.
// Counted is in a sample of the rows.
nlohmann::ordered_json report_columns(const TrainFlags& flags, const TrainingData& data, std::size_t& rows_looked_at);

// Cut after 60 bytes, between two characters.
std::string shorten(std::string_view text);

}  // namespace backprop::cli
