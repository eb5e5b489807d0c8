#include "target.hpp"

namespace backprop::fuzz {

extern const Target npy_target;
const Target npy_target = {"npy", [](std::span<const char> bytes) { read_table(bytes, "npy"); }};

}  // namespace backprop::fuzz
