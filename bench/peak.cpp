// Prints what one core of this machine can do: build/bench/bench_peak
#include "bench/peak.hpp"

#include <cstdio>

int main() {
  using namespace backprop::bench;
  std::printf("fused multiply-add   %8.1f GFLOP/s float32 on one core\n", fma_peak_gflops());
  std::printf("triad in memory      %8.1f GB/s on one core\n", triad_gigabytes(std::size_t{1} << 24));
  std::printf("triad in cache       %8.1f GB/s on one core, 1.5 MB\n", triad_gigabytes(std::size_t{1} << 17));
}
