// "Did you mean": the known name nearest to a mistyped one. Thread safety: pure functions.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace backprop::data {

// The smallest number of letters to insert, delete, replace or swap with their neighbour that turns a into b
// (optimal string alignment distance), upper and lower case being the same letter.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The name nearest to `wanted`; empty when none is near enough to be meant.
std::string closest_name(std::string_view wanted, std::span<const std::string> names);

// " (did you mean 'species'?)", or nothing.
std::string did_you_mean(std::string_view wanted, std::span<const std::string> names);

// "a, b, c" and, above `most` names, ", ... (40 in all)".
std::string list_names(std::span<const std::string> names, std::size_t most = 20);

}  // namespace backprop::data
