// A file without a name for what does not fit in memory: it is gone when the process ends, in whatever way. What was
// written or read does not stay in the page cache. Thread safety: one thread at a time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace backprop::data {

class ScratchFile {
 public:
  // In the folder $TMPDIR, or /var/tmp; throws Error naming it. The system reads on behind what is read in order.
  explicit ScratchFile(bool in_order = true);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  // Throw Error naming the folder and the reason.
  void write(std::uint64_t at, std::span<const std::byte> bytes);
  void read(std::uint64_t at, std::span<std::byte> bytes) const;
  // Has the system read what will be wanted soon.
  void expect(std::uint64_t at, std::uint64_t bytes) const;

 private:
  [[noreturn]] void fail(const char* what) const;

  std::string folder_;
  int descriptor_ = -1;
  std::uint64_t written_ = 0;  // since the cache was last emptied
};

}  // namespace backprop::data
