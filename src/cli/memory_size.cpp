#include "cli/memory_size.hpp"

#include <charconv>
#include <string_view>

#include "backprop/error.hpp"

namespace backprop::cli {
namespace {

double bytes_of(std::string_view unit) {
  if (unit.empty()) return 1;
  if (unit == "K" || unit == "k") return 0x1p10;
  if (unit == "M" || unit == "m") return 0x1p20;
  if (unit == "G" || unit == "g") return 0x1p30;
  if (unit == "T" || unit == "t") return 0x1p40;
  return -1;
}

}  // namespace

std::size_t parse_size(const std::string& flag, const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [behind, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  std::string_view unit(behind, static_cast<std::size_t>(end - behind));
  if (unit.size() > 1 && (unit.ends_with("B") || unit.ends_with("b"))) unit.remove_suffix(1);
  const double factor = bytes_of(unit);
  if (error != std::errc() || factor < 0 || !(number > 0 && number * factor >= 1 && number * factor < 0x1p60)) {
    throw UsageError(flag + " " + text + ": a size is needed, such as 512M or 2G");
  }
  return static_cast<std::size_t>(number * factor);
}

std::string megabytes(std::size_t bytes) { return std::to_string((bytes + (1 << 20) - 1) >> 20) + "M"; }

}  // namespace backprop::cli
