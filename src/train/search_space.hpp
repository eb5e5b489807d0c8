// The settings that a search draws from. Thread safety: value types and pure functions.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace backprop {

// What one flag may be: one of some texts, or a number within a range.
struct Dimension {
  std::string name;
  std::vector<std::string> choices = {};  // empty: a range
  double low = 0, high = 0;               // drawn evenly on a logarithmic scale when both are above 0
  bool whole = false;                     // only whole numbers

  std::string to_text() const;  // as parse_dimension() reads it
};

// "hidden=64|128,128" or "learning-rate=0.001..0.03". Throws UsageError.
Dimension parse_dimension(const std::string& text);

// A name and a value for each dimension: a pure function of seed and number.
std::vector<std::pair<std::string, std::string>> draw_setting(const std::vector<Dimension>& space, std::uint64_t seed,
                                                              int number);

}  // namespace backprop
