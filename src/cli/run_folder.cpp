#include "cli/run_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "backprop/error.hpp"
#include "formats/file.hpp"

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

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    files.push_back(at->path());
  return files;
}

void remove_run(const fs::path& folder) {
  std::error_code error;
  for (const fs::path& file : files_of(folder)) {
    const std::string name = file.filename().string();
    const bool ours = name == config_name || name == result_name || name == metrics_name || name == checkpoint_name ||
                      name == report_name || name == report_data_name || name.starts_with(events_prefix) ||
                      name.find(".partial-") != std::string::npos;
    if (ours) fs::remove(file, error);
    if (error) refuse(file, error.message());
  }
}

}  // namespace

RunFolder::RunFolder(const std::string& wanted, const std::string& table, bool overwrite) {
  make(wanted, table, overwrite);
  lock();
  if (overwrite && !made_) remove_run(path_);
}

RunFolder::RunFolder(const std::string& path) : path_(path) {
  std::error_code error;
  if (!fs::is_directory(path_, error)) {
    throw UsageError(path + ": " + (fs::exists(path_, error) ? "is a file" : "no such folder") +
                     ": a run's folder is needed");
  }
  lock();
  for (const fs::path& file : files_of(path_)) {
    if (file.filename().string().find(".partial-") != std::string::npos) fs::remove(file, error);
  }
}

RunFolder::~RunFolder() {
  if (lock_ >= 0) close(lock_);
  std::error_code ignored;
  if (made_ && fs::is_empty(path_, ignored)) fs::remove(path_, ignored);
}

// The folder itself is locked: nothing is left behind, and the lock goes when the process does.
void RunFolder::lock() {
  lock_ = open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0) throw Error(path_.string() + ": " + std::strerror(errno));
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw UsageError(path_.string() + ": another process is working on this run");
  }
}

void RunFolder::write(const std::string& name, const std::string& text) const { write_file(file(name), text); }

void RunFolder::make(const std::string& wanted, const std::string& table, bool overwrite) {
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

}  // namespace backprop::cli
