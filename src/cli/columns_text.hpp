// What a model does with the columns of a table, for a person and for a script. Thread safety: pure functions.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "data/preprocessing.hpp"

namespace backprop::cli {

// A line for each column: name, role, what becomes of it; those that are left out last.
std::string to_text(const data::Preprocessing& preprocessing);
// [{"name", "role", "input", "features", ...}, ...]
nlohmann::ordered_json to_json(const data::Preprocessing& preprocessing);

}  // namespace backprop::cli
