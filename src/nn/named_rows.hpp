// Tables of {name, ...} rows, which users choose from by name. Thread safety: pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "backprop/error.hpp"

namespace backprop {

// The row of that name. Throws UsageError, "[CONTEXT] there is no WHAT 'NAME'; there are ...", when none has it.
template <class Rows>
const auto& find_row(const Rows& rows, std::string_view name, const std::string& context, const std::string& what) {
  std::string known;
  for (const auto& row : rows) {
    if (row.name == name) return row;
    known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  throw UsageError("[" + context + "] there is no " + what + " '" + std::string(name) + "'; there are " + known);
}

template <class Rows> std::vector<std::string_view> names_of(const Rows& rows) {
  std::vector<std::string_view> names;
  for (const auto& row : rows) names.push_back(row.name);
  return names;
}

}  // namespace backprop
