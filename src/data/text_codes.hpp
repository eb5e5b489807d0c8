// Looks the codes of texts up. Thread safety: a constant once made.
#pragma once
#include <string_view>
#include <unordered_map>

#include "backprop/text_codes.hpp"

namespace backprop {

// Looks codes up in constant time. The codes must outlive it.
class TextEncoder {
 public:
  explicit TextEncoder(const TextCodes& codes);
  double operator()(std::string_view text) const;

 private:
  std::unordered_map<std::string_view, double> codes_;
  double otherwise_;
};

}  // namespace backprop
