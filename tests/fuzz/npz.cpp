#include "target.hpp"

namespace backprop::fuzz {

extern const Target npz_target;
const Target npz_target = {"npz", [](std::span<const char> bytes) { read_table(bytes, "npz"); }};

}  // namespace backprop::fuzz
