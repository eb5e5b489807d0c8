// Sizes of memory as people write them. Thread safety: pure functions.
#pragma once
#include <cstddef>
#include <string>

namespace backprop::cli {

// Bytes of "512M", "1.5G", "64K" (powers of 1,024) or a plain number of bytes. Throws UsageError naming the flag.
std::size_t parse_size(const std::string& flag, const std::string& text);

// "512M": whole megabytes, rounded up.
std::string megabytes(std::size_t bytes);

}  // namespace backprop::cli
