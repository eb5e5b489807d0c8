#include "target.hpp"

namespace backprop::fuzz {

extern const Target fann_target;
const Target fann_target = {"fann", [](std::span<const char> bytes) { read_table(bytes, "fann"); }};

}  // namespace backprop::fuzz
