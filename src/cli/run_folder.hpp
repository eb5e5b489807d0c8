// The folder of a run: chosen, made, and its files written whole or not at all.
// Thread safety: used by the main thread only.
#pragma once
#include <filesystem>
#include <string>

namespace backprop::cli {

// Makes the folder that a run of TABLE goes to: `wanted`, or runs/NAME-001 with the next free number. Throws UsageError
// when `wanted` already holds something and `overwrite` is not set, Error when it cannot be made or written to.
class RunFolder {
 public:
  RunFolder(const std::string& wanted, const std::string& table, bool overwrite);
  // Removes the folder again when nothing was written to it.
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  // Throws Error naming the file.
  void write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
  bool made_ = false;
};

}  // namespace backprop::cli
