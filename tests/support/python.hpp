// The Python that tools/python_environment.sh makes for the tests. Thread safety: pure function.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

namespace backprop {

// The path of its interpreter; empty where there is none.
inline std::string python() {
  if (const char* given = std::getenv("BACKPROP_PYTHON"); given && *given) return given;
  const std::filesystem::path made = std::filesystem::path(BACKPROP_SOURCE_DIR) / "build/python";
  return std::filesystem::exists(made / "complete") ? (made / "bin/python").string() : "";
}

}  // namespace backprop
