#include "cli/disk_reads.hpp"

#include <fstream>
#include <string>

namespace backprop::cli {

std::optional<std::uint64_t> bytes_read_from_disk() {
  std::ifstream counters("/proc/self/io");
  std::uint64_t bytes = 0;
  for (std::string name; counters >> name >> bytes;) {
    if (name == "read_bytes:") return bytes;
  }
  return std::nullopt;
}

}  // namespace backprop::cli
