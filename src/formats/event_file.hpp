// TensorBoard's event files: records of length, masked CRC-32C and a protocol buffer. Thread safety: pure
// functions.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace backprop {

// The first records of a file: "brain.Event:2", and that what earlier files say of `step` and later is void. Wall times
// are seconds since 1970. These are bytes; who writes them, and when, is the caller's.
std::string event_file_start(double wall_time, std::int64_t step);
std::string event_scalars(double wall_time, std::int64_t step,
                          const std::vector<std::pair<std::string, double>>& values);

// The polynomial of Castagnoli, reflected (RFC 3720).
std::uint32_t crc32c(const std::string& bytes);

}  // namespace backprop
