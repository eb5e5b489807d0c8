#include "target.hpp"

namespace backprop::fuzz {

extern const Target arff_target;
const Target arff_target = {"arff", [](std::span<const char> bytes) { read_table(bytes, "arff"); }};

}  // namespace backprop::fuzz
