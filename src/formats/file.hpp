// Whole files: read with a limit on their size, written so that a failure leaves the old one. Thread safety: no state.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace backprop {

// The file's bytes. Throws DataError when it is missing, is no regular file or has more than `limit` bytes.
std::string read_file(const std::string& path, std::int64_t limit);
// Written under a temporary name in the same folder, fsynced, then renamed. Throws Error naming path and reason.
void write_file(const std::string& path, std::string_view bytes);

}  // namespace backprop
