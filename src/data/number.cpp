#include "data/number.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>

namespace backprop::data {
namespace {

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// Eight digits at once (D. Lemire, "Quickly parsing eight digits", 2018): the bytes' differences from '0' are joined to
// pairs, fours and eights by multiplication.
bool eight_digits(const char* p, std::uint64_t& value) {
  std::uint64_t word = 0;
  std::memcpy(&word, p, 8);
  if (((word & 0xF0F0F0F0F0F0F0F0u) | (((word + 0x0606060606060606u) & 0xF0F0F0F0F0F0F0F0u) >> 4)) !=
      0x3333333333333333u) {
    return false;
  }
  word -= 0x3030303030303030u;
  word = word * 10 + (word >> 8);
  value = (((word & 0x000000FF000000FFu) * 0x000F424000000064u) +
           (((word >> 16) & 0x000000FF000000FFu) * 0x0000271000000001u)) >>
          32;
  return true;
}

const char* read_digits(const char* p, const char* end, std::uint64_t& mantissa) {
  std::uint64_t eight = 0;
  while (end - p >= 8 && eight_digits(p, eight)) {
    mantissa = mantissa * 100000000 + eight;
    p += 8;
  }
  for (; p != end && is_digit(*p); ++p) mantissa = mantissa * 10 + static_cast<std::uint64_t>(*p - '0');
  return p;
}

// The C++ library's own, correctly rounded whatever the number of digits.
const char* read_exactly(const char* begin, const char* end, char point, double& number) {
  std::string copy;
  const char* from = begin;
  if (*from == '+') ++from;
  std::string_view text(from, static_cast<std::size_t>(end - from));
  if (point != '.') {
    copy = text;
    for (char& c : copy) c = c == point ? '.' : c;
    text = copy;
  }
  const auto [last, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (last != text.data() + text.size()) return nullptr;
  if (error != std::errc::result_out_of_range) return end;
  // Too small for a double is zero, too large is no number: either the exponent says which, or the digits before the
  // point do.
  const std::size_t exponent = text.find_first_of("eE");
  const std::size_t first = text[0] == '-' ? 1 : 0;
  const bool small =
      exponent != std::string_view::npos ? text[exponent + 1] == '-' : text[first] == '0' || text[first] == '.';
  if (!small) return nullptr;
  number = 0.0;
  return end;
}

constexpr std::array<double, 23> powers_of_ten = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

}  // namespace

const char* read_number(const char* begin, const char* end, char point, double& number) {
  const char* p = begin;
  const bool negative = p != end && *p == '-';
  if (p != end && (*p == '-' || *p == '+')) ++p;
  std::uint64_t mantissa = 0;
  const char* const whole = p;
  p = read_digits(p, end, mantissa);
  std::ptrdiff_t digits = p - whole;
  std::ptrdiff_t exponent = 0;
  if (p != end && *p == point) {
    const char* const fraction = ++p;
    p = read_digits(p, end, mantissa);
    exponent = fraction - p;
    digits -= exponent;
  }
  if (digits == 0) return nullptr;
  bool plain = digits <= 19;
  if (p != end && (*p == 'e' || *p == 'E')) {
    const char* const mark = p++;
    const bool below = p != end && *p == '-';
    if (p != end && (*p == '-' || *p == '+')) ++p;
    const char* const power_begin = p;
    int power = 0;
    for (; p != end && is_digit(*p); ++p) power = power < 10000 ? power * 10 + (*p - '0') : power;
    if (p == power_begin) {
      p = mark;
    } else {
      exponent += below ? -power : power;
    }
  }
  // W. Clinger 1990: both factors are doubles without rounding, so one operation rounds once.
  plain = plain && mantissa <= (std::uint64_t{1} << 53) && exponent >= -22 && exponent <= 22;
  if (!plain) return read_exactly(begin, p, point, number);
  number = static_cast<double>(mantissa);
  if (exponent < 0) {
    number /= powers_of_ten[static_cast<std::size_t>(-exponent)];
  } else {
    number *= powers_of_ten[static_cast<std::size_t>(exponent)];
  }
  if (negative) number = -number;
  return p;
}

std::optional<double> parse_number(std::string_view cell) {
  double number = 0;
  const char* const end = cell.data() + cell.size();
  if (read_number(cell.data(), end, '.', number) != end || cell.empty()) return std::nullopt;
  return number;
}

bool is_missing(std::string_view cell) {
  if (cell.empty() || cell == "?") return true;
  if (cell.size() > 4) return false;
  std::string lower(cell);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  return lower == "na" || lower == "nan" || lower == "null";
}

}  // namespace backprop::data
