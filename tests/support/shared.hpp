// The reference data beside the source tree, or in $BACKPROP_SHARED. Thread safety: pure functions.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace backprop {

inline std::filesystem::path shared_file(const std::string& name) {
  const char* const folder = std::getenv("BACKPROP_SHARED");
  return std::filesystem::path(folder ? folder : BACKPROP_SOURCE_DIR "/../shared") / name;
}

// An oracle's file, parsed; null when it is not there, for which a test says
//     if (oracle.is_null()) GTEST_SKIP() << no_shared_data;
inline nlohmann::json oracle_json(const std::string& name) {
  std::ifstream file(shared_file("references/" + name));
  return file ? nlohmann::json::parse(file) : nlohmann::json();
}
inline constexpr const char* no_shared_data =
    "the reference data is not beside the source tree (or in $BACKPROP_SHARED)";

}  // namespace backprop
