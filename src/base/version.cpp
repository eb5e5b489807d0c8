#include "backprop/version.hpp"

namespace backprop {

const char* version() noexcept { return BACKPROP_VERSION; }

}  // namespace backprop
