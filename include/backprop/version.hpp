// The version of the library that the program runs with. Thread safety: safe from many threads.
#pragma once

namespace backprop {

// "major.minor.patch", for example "0.1.0".
const char* version() noexcept;

}  // namespace backprop
