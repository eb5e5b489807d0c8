#include "data/text_codes.hpp"

namespace backprop {

TextEncoder::TextEncoder(const TextCodes& codes) : otherwise_(codes.otherwise) {
  for (std::size_t i = 0; i < codes.texts.size(); ++i) codes_.emplace(codes.texts[i], codes.codes[i]);
}

double TextEncoder::operator()(std::string_view text) const {
  const auto it = codes_.find(text);
  return it == codes_.end() ? otherwise_ : it->second;
}

}  // namespace backprop
