// Files: read whole with a limit on their size, written whole so that a failure leaves the old one, appended to. Thread safety: no state.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace backprop {

// The file's bytes. Throws DataError when it is missing, is no regular file or has more than `limit` bytes.
std::string read_file(const std::string& path, std::int64_t limit);
// Written under a temporary name in the same folder, fsynced, then renamed. Throws Error naming path and reason.
void write_file(const std::string& path, std::string_view bytes);
void write_file(const std::string& path, std::span<const std::string_view> parts);  // one behind the other

// A file that grows, for what may miss its last lines after a crash. Throws Error naming path and reason.
class AppendedFile {
 public:
  explicit AppendedFile(std::string path);
  ~AppendedFile();
  AppendedFile(const AppendedFile&) = delete;
  AppendedFile& operator=(const AppendedFile&) = delete;
  void add(std::string_view bytes);
  void sync();  // to the disk

 private:
  std::string path_;
  int descriptor_;
};

}  // namespace backprop
