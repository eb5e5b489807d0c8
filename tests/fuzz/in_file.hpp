// Bytes as a file in memory, for readers that take a path. Thread safety: one thread at a time.
#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <span>
#include <string>

#include "target.hpp"

namespace backprop::fuzz {

class InFile {
 public:
  explicit InFile(std::span<const char> bytes) : descriptor_(memfd_create("fuzz", 0)) {
    require(descriptor_ >= 0 && write(descriptor_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
            "a file in memory can be written");
  }
  ~InFile() { close(descriptor_); }
  InFile(const InFile&) = delete;
  InFile& operator=(const InFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace backprop::fuzz
