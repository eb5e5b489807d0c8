// Times as people write them. Thread safety: pure functions.
#pragma once
#include <string>

namespace backprop::cli {

// Seconds of "90s", "10m", "1h30m", "2d" or a plain number of seconds. Throws UsageError naming the flag.
double parse_duration(const std::string& flag, const std::string& text);

}  // namespace backprop::cli
