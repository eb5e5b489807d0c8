// The folder of a run: chosen, made, locked, and its files written whole or not at all.
// Thread safety: used by the main thread only.
#pragma once
#include <filesystem>
#include <string>

namespace backprop::cli {

constexpr const char* config_name = "config.toml";
constexpr const char* result_name = "run.json";
constexpr const char* metrics_name = "metrics.jsonl";
constexpr const char* checkpoint_name = "checkpoint.safetensors";
constexpr const char* model_name = "model.onnx";
constexpr const char* report_name = "report.html";
constexpr const char* report_data_name = "report.json";
constexpr const char* events_prefix = "events.out.tfevents.";

// Locked while the object lives, so that no two processes work on one run.
class RunFolder {
 public:
  // Makes the folder that a run of TABLE goes to: `wanted`, or runs/NAME-001 with the next free number. With
  // `overwrite`, what an earlier run left is taken out, its model excepted, which stays until there is a new one. Throws
  // UsageError when `wanted` already holds something and `overwrite` is not set or when another process works on it,
  // Error when it cannot be made or written to.
  RunFolder(const std::string& wanted, const std::string& table, bool overwrite);
  // One that is there, to go on with. What a killed process had half written is taken out.
  explicit RunFolder(const std::string& path);
  // Removes the folder again when nothing was written to it.
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  std::string path() const { return path_.string(); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  bool has(const std::string& name) const { return std::filesystem::exists(path_ / name); }
  // Throws Error naming the file.
  void write(const std::string& name, const std::string& text) const;

 private:
  void make(const std::string& wanted, const std::string& table, bool overwrite);
  void lock();

  std::filesystem::path path_;
  bool made_ = false;
  int lock_ = -1;
};

}  // namespace backprop::cli
