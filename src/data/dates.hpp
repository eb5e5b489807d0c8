// Dates as people write them, as whole days since 1970-01-01 (proleptic Gregorian calendar). Thread safety: pure.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace backprop::data {

// The order of the parts; any of - / . may stand between them. A time of day behind the date is not looked at.
enum class DateOrder : std::uint8_t { year_month_day, day_month_year, month_day_year };
std::string_view to_string(DateOrder order);  // "year-month-day"
std::optional<DateOrder> parse_date_order(std::string_view text);

// A missing date, as NumPy's NaT is when seen as int64.
constexpr std::int64_t missing_date = std::numeric_limits<std::int64_t>::min();

// Days since 1970-01-01 of 2024-02-29, 29.2.2024, 2024-02-29T12:00:00Z ...; nothing when it is no date of that order.
// Years have four digits; one that stands first is the year in any order.
std::optional<std::int64_t> parse_date(std::string_view cell, DateOrder order);

// Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil.
std::int64_t days_from_civil(std::int64_t year, int month, int day);

}  // namespace backprop::data
