// How databases are named on the command line. Thread safety: pure functions.
#pragma once
#include <string_view>

namespace backprop::data {

inline bool is_sqlite(std::string_view path) { return path.starts_with("sqlite:"); }
inline bool is_postgresql(std::string_view path) {
  return path.starts_with("postgresql:") || path.starts_with("postgres:");
}

}  // namespace backprop::data
