// Numbers and missing values as tables spell them. Thread safety: pure functions.
#pragma once
#include <limits>
#include <optional>
#include <string_view>

namespace backprop::data {

// What stands in columns of numbers where none is.
inline constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

// A cell that stands for a missing value: empty, ?, NA, NaN, null (in any case).
bool is_missing(std::string_view cell);

// The number in a cell, wholly and in any locale: 1, -2.5, +3, 1e-4. No infinities, no NaN, no hexadecimal.
std::optional<double> parse_number(std::string_view cell);

// The longest number that [begin, end) starts with, its decimals behind `point`: where it ends, or nullptr when there is
// none. Rounded to the nearest double; too small is 0, too large is no number.
const char* read_number(const char* begin, const char* end, char point, double& number);

}  // namespace backprop::data
