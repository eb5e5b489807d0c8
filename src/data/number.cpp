#include "data/number.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>

namespace backprop::data {
namespace {

bool is_decimal_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// The digits that the eight bytes at `p` start with, at once and without a branch that depends on how many they are; how
// many. After D. Lemire, "Quickly parsing eight digits", 2018: a byte's difference from '0' is 0..9 for a digit; the
// digits are moved to the end of the word, zeros before them, and joined to pairs, fours and eights by multiplication.
inline int digits_of_word(const char* p, std::uint64_t& value) {
  std::uint64_t word = 0;
  std::memcpy(&word, p, 8);
  word ^= 0x3030303030303030u;
  // A carry only disturbs the bytes behind the first that is no digit.
  const std::uint64_t others = ((word + 0x7676767676767676u) | word) & 0x8080808080808080u;
  const int count = others == 0 ? 8 : std::countr_zero(others) / 8;
  word = count == 0 ? 0 : word << (64 - 8 * count);
  word = word * 10 + (word >> 8);
  value = (((word & 0x000000FF000000FFu) * 0x000F424000000064u) +
           (((word >> 16) & 0x000000FF000000FFu) * 0x0000271000000001u)) >>
          32;
  return count;
}

constexpr std::array<std::uint64_t, 9> whole_powers = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};

inline const char* read_digits(const char* p, const char* end, std::uint64_t& mantissa) {
  int count = 8;
  while (count == 8 && end - p >= 8) {
    std::uint64_t value = 0;
    count = digits_of_word(p, value);
    mantissa = mantissa * whole_powers[static_cast<std::size_t>(count)] + value;
    p += count;
  }
  if (count < 8) return p;
  for (; p != end && is_decimal_digit(*p); ++p) mantissa = mantissa * 10 + static_cast<std::uint64_t>(*p - '0');
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

constexpr std::array<double, 2> signs = {1.0, -1.0};

}  // namespace

const char* read_number(const char* begin, const char* end, char point, double& number) {
  if (begin == end) return nullptr;
  const char* p = begin;
  const bool negative = *p == '-';
  p += negative | (*p == '+');
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
    for (; p != end && is_decimal_digit(*p); ++p) power = power < 10000 ? power * 10 + (*p - '0') : power;
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
  number *= signs[negative ? 1 : 0];
  return p;
}

std::optional<double> parse_number(std::string_view cell) {
  double number = 0;
  const char* const end = cell.data() + cell.size();
  if (cell.empty() || read_number(cell.data(), end, '.', number) != end) return std::nullopt;
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
