// How many threads a step is shared by, and what one of them takes. Thread safety: pure.
#pragma once
#include <algorithm>
#include <cstdint>

namespace backprop::cpu {

// One share of [0, n) for a part.
struct Share {
  std::int64_t begin, end;
  Share(std::int64_t n, int part, int parts) : begin(0), end(n) {
    if (parts > 1) begin = n * part / parts, end = n * (part + 1) / parts;
  }
  std::int64_t size() const { return end - begin; }
};

// Threads that so many instructions are worth, in units that go to one thread each: below some tens of thousands a
// second thread gains nothing.
inline int parts_for(std::int64_t instructions, std::int64_t units, int threads) {
  constexpr std::int64_t least = 20000;
  return static_cast<int>(std::clamp<std::int64_t>(std::min(instructions / least, units), 1, threads));
}

}  // namespace backprop::cpu
