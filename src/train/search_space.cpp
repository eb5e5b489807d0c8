#include "train/search_space.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "backprop/error.hpp"
#include "base/philox.hpp"

namespace backprop {
namespace {

bool parse(std::string_view text, double& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
}

std::string shortest(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

}  // namespace

std::string Dimension::to_text() const {
  if (choices.empty()) return name + "=" + shortest(low) + ".." + shortest(high);
  std::string text = name + "=";
  for (const std::string& choice : choices) text += (&choice == choices.data() ? "" : "|") + choice;
  return text;
}

Dimension parse_dimension(const std::string& text) {
  const std::size_t equals = text.find('=');
  const auto refuse = [&]() -> Dimension {
    throw UsageError("--search " + text +
                     ": NAME=A|B|C or NAME=LOW..HIGH is needed, for example learning-rate=0.001..0.1");
  };
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) return refuse();
  Dimension dimension{.name = text.substr(0, equals)};
  while (dimension.name.starts_with('-')) dimension.name.erase(0, 1);
  std::string values = text.substr(equals + 1);
  if (const std::size_t dots = values.find(".."); dots != std::string::npos) {
    const std::string low = values.substr(0, dots), high = values.substr(dots + 2);
    if (!parse(low, dimension.low) || !parse(high, dimension.high) || !(dimension.low < dimension.high))
      return refuse();
    dimension.whole = (low + high).find_first_of(".e") == std::string::npos;
    return dimension;
  }
  for (std::size_t bar = 0; bar != std::string::npos; values.erase(0, bar + 1)) {
    bar = values.find('|');
    dimension.choices.push_back(values.substr(0, bar));
    if (dimension.choices.back().empty()) return refuse();
    if (bar == std::string::npos) break;
  }
  return dimension;
}

std::vector<std::pair<std::string, std::string>> draw_setting(const std::vector<Dimension>& space, std::uint64_t seed,
                                                              int number) {
  std::vector<std::pair<std::string, std::string>> setting;
  for (std::size_t d = 0; d < space.size(); ++d) {
    const Dimension& dimension = space[d];
    const double u = RandomStream(seed, static_cast<std::uint64_t>(number), stream_of("search")).uniform(d);
    if (!dimension.choices.empty()) {
      const auto chosen = static_cast<std::size_t>(u * static_cast<double>(dimension.choices.size()));
      setting.emplace_back(dimension.name, dimension.choices[chosen]);
      continue;
    }
    const bool logarithmic = dimension.low > 0;
    const double low = logarithmic ? std::log(dimension.low) : dimension.low;
    const double high = logarithmic ? std::log(dimension.high) : dimension.high;
    const double drawn = logarithmic ? std::exp(low + u * (high - low)) : low + u * (high - low);
    char text[32];
    std::snprintf(text, sizeof text, dimension.whole ? "%.0f" : "%.3g", drawn);
    setting.emplace_back(dimension.name, text);
  }
  return setting;
}

}  // namespace backprop
