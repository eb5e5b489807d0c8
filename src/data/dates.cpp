#include "data/dates.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace backprop::data {
namespace {

constexpr std::array orders = {DateOrder::year_month_day, DateOrder::day_month_year, DateOrder::month_day_year};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int days_in_month(std::int64_t year, int month) {
  constexpr std::array<int, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : days[static_cast<std::size_t>(month - 1)];
}

// " 12:30", "T12:30:05.5Z", "T12:30+01:00": it begins like a time of day.
bool is_time(std::string_view text) {
  return text.size() >= 5 && (text[0] == 'T' || text[0] == ' ') && is_digit(text[1]) && is_digit(text[2]) &&
         text[3] == ':' && is_digit(text[4]);
}

}  // namespace

std::string_view to_string(DateOrder order) {
  switch (order) {
    case DateOrder::year_month_day: return "year-month-day";
    case DateOrder::day_month_year: return "day-month-year";
    default: return "month-day-year";
  }
}

std::optional<DateOrder> parse_date_order(std::string_view text) {
  for (const DateOrder order : orders) {
    if (to_string(order) == text) return order;
  }
  return std::nullopt;
}

std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

std::optional<std::int64_t> parse_date(std::string_view cell, DateOrder order) {
  if (cell.size() > 4 && std::all_of(cell.begin(), cell.begin() + 4, is_digit)) order = DateOrder::year_month_day;
  std::array<std::int64_t, 3> parts = {};
  const std::size_t year_at = order == DateOrder::year_month_day ? 0 : 2;
  std::size_t at = 0;
  char separator = 0;
  for (std::size_t p = 0; p < 3; ++p) {
    if (p > 0) {
      if (at >= cell.size() || (cell[at] != '-' && cell[at] != '/' && cell[at] != '.')) return std::nullopt;
      if (p == 2 && cell[at] != separator) return std::nullopt;
      separator = cell[at++];
    }
    const std::size_t first = at;
    while (at < cell.size() && is_digit(cell[at])) ++at;
    const std::size_t digits = at - first;
    if (p == year_at ? digits != 4 : digits < 1 || digits > 2) return std::nullopt;
    std::from_chars(cell.data() + first, cell.data() + at, parts[p]);
  }
  if (at != cell.size() && !is_time(cell.substr(at))) return std::nullopt;
  const std::int64_t year = parts[year_at];
  const auto month = static_cast<int>(parts[order == DateOrder::month_day_year ? 0 : 1]);
  const auto day = static_cast<int>(parts[order == DateOrder::year_month_day   ? 2
                                          : order == DateOrder::day_month_year ? 0
                                                                               : 1]);
  if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return std::nullopt;
  return days_from_civil(year, month, day);
}

}  // namespace backprop::data
