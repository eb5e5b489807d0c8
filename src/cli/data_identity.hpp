// Which data a run was made of, so that it does not go on with other data. Thread safety: pure functions.
#pragma once
#include <nlohmann/json.hpp>

#include "cli/training_data.hpp"

namespace backprop::cli {

// A list of {"path", "sha256"}: a file's SHA-256 is that of its bytes, as sha256sum prints it; that of any other source
// is of the numbers read from it, and of their names, and missing without `data`.
nlohmann::ordered_json identify(const TrainFlags& flags, const TrainingData* data);

// Throws DataError naming the source that changed.
void check_same(const nlohmann::ordered_json& before, const nlohmann::ordered_json& now, const std::string& folder);

}  // namespace backprop::cli
