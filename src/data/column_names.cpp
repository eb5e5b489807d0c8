#include "data/column_names.hpp"

#include <algorithm>
#include <unordered_map>

#include "backprop/error.hpp"

namespace backprop::data {

std::vector<std::string> name_columns(const std::string& file, std::size_t line,
                                      std::span<const std::string_view> given, std::size_t count) {
  std::vector<std::string> names(count);
  std::unordered_map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < count; ++i) {
    if (i < given.size()) names[i] = given[i];
    // A line break in a quoted name becomes a blank, so that each error stays one line.
    std::replace_if(
        names[i].begin(), names[i].end(), [](char c) { return static_cast<unsigned char>(c) < 32; }, ' ');
    if (names[i].empty()) names[i] = "column_" + std::to_string(i + 1);
    const auto [it, fresh] = seen.emplace(names[i], i + 1);
    if (!fresh) {
      throw DataError(file + (line > 0 ? ":" + std::to_string(line) : "") + ": columns " + std::to_string(it->second) +
                      " and " + std::to_string(i + 1) + " are both called '" + names[i] + "': rename one" +
                      (line > 0 ? " (or, if this line holds data, use --no-header)" : ""));
    }
  }
  return names;
}

}  // namespace backprop::data
