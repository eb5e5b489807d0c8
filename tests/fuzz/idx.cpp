#include "target.hpp"

namespace backprop::fuzz {

extern const Target idx_target;
const Target idx_target = {"idx", [](std::span<const char> bytes) { read_table(bytes, "idx"); }};

}  // namespace backprop::fuzz
