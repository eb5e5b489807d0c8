// Text of others within a message. Thread safety: a pure function.
#pragma once
#include <algorithm>
#include <string>

namespace backprop {

// Control characters, line breaks among them, as '?'.
inline std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}

}  // namespace backprop
