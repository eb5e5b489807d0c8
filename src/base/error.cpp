#include "backprop/error.hpp"

#include <algorithm>

namespace backprop {
namespace {

std::string without_control_characters(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}

}  // namespace

DataError::DataError(const std::string& message) : Error(without_control_characters(message)) {}

}  // namespace backprop
