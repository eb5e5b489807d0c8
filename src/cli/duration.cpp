#include "cli/duration.hpp"

#include <charconv>

#include "backprop/error.hpp"

namespace backprop::cli {
namespace {

double seconds_of(std::string_view unit) {
  if (unit == "s" || unit.empty()) return 1;
  if (unit == "m" || unit == "min") return 60;
  if (unit == "h") return 3600;
  if (unit == "d") return 86400;
  return -1;
}

}  // namespace

double parse_duration(const std::string& flag, const std::string& text) {
  const UsageError wrong(flag + " " + text + ": a time is needed, such as 90s, 10m, 1h30m or 2d");
  double total = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  if (at == end) throw wrong;
  while (at != end) {
    double number = 0;
    const auto [behind, error] = std::from_chars(at, end, number, std::chars_format::fixed);
    const char* unit_end = behind;
    while (unit_end != end && *unit_end >= 'a' && *unit_end <= 'z') ++unit_end;
    const double factor = seconds_of({behind, unit_end});
    if (error != std::errc() || !(number >= 0 && number < 1e9) || factor < 0) throw wrong;
    if (behind == unit_end && (unit_end != end || at != text.data()))
      throw wrong;  // a number without unit stands alone
    total += number * factor;
    at = unit_end;
  }
  return total;
}

}  // namespace backprop::cli
