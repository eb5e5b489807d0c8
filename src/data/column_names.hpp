// Names of the columns of a table, each used once. Thread safety: pure functions.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace backprop::data {

// The names as they stand, line breaks in them as blanks; column_N, counted from 1, for one that is empty or not given.
// Throws DataError `FILE:LINE: ...` for two of one name (without the line when it is 0).
std::vector<std::string> name_columns(const std::string& file, std::size_t line,
                                      std::span<const std::string_view> names, std::size_t count);

}  // namespace backprop::data
