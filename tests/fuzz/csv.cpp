#include "target.hpp"

namespace backprop::fuzz {

extern const Target csv_target;
const Target csv_target = {"csv", [](std::span<const char> bytes) { read_table(bytes, "csv"); }};

}  // namespace backprop::fuzz
