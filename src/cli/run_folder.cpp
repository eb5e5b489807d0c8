#include "cli/run_folder.hpp"

#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "backprop/error.hpp"

namespace backprop::cli {
namespace {

namespace fs = std::filesystem;

// The table's name without its folder and extension.
std::string stem_of(const std::string& table) {
  const std::string stem = table == "-" ? "stdin" : fs::path(table).stem().string();
  return stem.empty() ? "table" : stem;
}

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw Error(path.string() + ": cannot be written: " + why + " (choose another folder: --run-dir)");
}

}  // namespace

RunFolder::RunFolder(const std::string& wanted, const std::string& table, bool overwrite) {
  std::error_code error;
  if (!wanted.empty()) {
    path_ = wanted;
    const bool there = fs::exists(path_, error);
    if (there && !fs::is_directory(path_, error)) throw UsageError("--run-dir " + wanted + ": is a file");
    if (there && !overwrite && !fs::is_empty(path_, error) && !error) {
      throw UsageError("--run-dir " + wanted + ": already holds a run: choose another one, or use --overwrite");
    }
    made_ = fs::create_directories(path_, error);
    if (error) refuse(path_, error.message());
  } else {
    fs::create_directories("runs", error);
    if (error) refuse("runs", error.message());
    for (int number = 1; !made_; ++number) {
      char digits[16];
      std::snprintf(digits, sizeof digits, "-%03d", number);
      path_ = fs::path("runs") / (stem_of(table) + digits);
      // Fails on one that exists, so two runs that start at once get two folders.
      made_ = fs::create_directory(path_, error);
      if (error) refuse(path_, error.message());
    }
  }
  if (access(path_.c_str(), W_OK | X_OK) != 0) refuse(path_, "permission denied");
}

RunFolder::~RunFolder() {
  std::error_code ignored;
  if (made_ && fs::is_empty(path_, ignored)) fs::remove(path_, ignored);
}

void RunFolder::write(const std::string& name, const std::string& text) const {
  const std::string path = file(name), temporary = path + ".tmp";
  std::ofstream out(temporary, std::ios::binary);
  out << text;
  out.close();
  std::error_code error;
  if (out) fs::rename(temporary, path, error);
  if (!out || error) refuse(path, error ? error.message() : "the disk may be full");
}

}  // namespace backprop::cli
