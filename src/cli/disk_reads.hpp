// What the system says that this process has had read from disk: not what it found in memory.
// Thread safety: safe from any thread.
#pragma once
#include <cstdint>
#include <optional>

namespace backprop::cli {

// Bytes since the process began; nothing where the system does not say.
std::optional<std::uint64_t> bytes_read_from_disk();

}  // namespace backprop::cli
