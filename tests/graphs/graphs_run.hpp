// A long run of random graphs with its figures printed. Thread safety: it prints; one run at a time.
#pragma once
#include <cstdint>

namespace backprop::evidence {

// Compares the graphs of the seeds first .. first + count - 1, prints what was compared, the histogram and any
// failures; whether all passed and every differentiable operation stood in `least` graphs or more.
bool run_graphs(std::uint64_t first, std::int64_t count, std::int64_t least);

}  // namespace backprop::evidence
