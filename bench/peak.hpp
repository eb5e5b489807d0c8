// What the machine can do, to be measured in the same run as what is compared with it. Thread safety: pure functions.
#pragma once
#include <time.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace backprop::bench {

enum class Clock { wall, thread };  // thread: what the calling thread computed, whatever else the machine is busy with

inline double seconds(Clock clock = Clock::wall) {
  timespec now;
  clock_gettime(clock == Clock::wall ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Seconds of one of several calls over about `budget` seconds: the least by the wall clock; by the thread's, which may
// be accounted short now and then, the lowest but a tenth.
template <class F> double best_seconds(double budget, Clock clock, F&& call) {
  std::vector<double> times;
  const double start = seconds();
  do {
    const double before = seconds(clock);
    call();
    times.push_back(seconds(clock) - before);
  } while (times.size() < 3 || seconds() - start < budget);
  const std::size_t skipped = clock == Clock::wall ? 0 : times.size() / 10;
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(skipped), times.end());
  return times[skipped];
}

// The functions below run `rounds` rounds of 12 independent fused multiply-adds and return the flops they did.
#if defined(__x86_64__)
template <int chains = 12> __attribute__((target("avx512f"))) double fma_rounds_avx512(long rounds) {
  __m512 sum[chains];
  const __m512 x = _mm512_set1_ps(0.5f);
#pragma GCC unroll 16
  for (int i = 0; i < chains; ++i) sum[i] = _mm512_set1_ps(static_cast<float>(i));
  for (long r = 0; r < rounds; ++r) {
#pragma GCC unroll 16
    for (int i = 0; i < chains; ++i) {
      sum[i] = _mm512_fmadd_ps(sum[i], x, x);
      asm volatile("" : "+v"(sum[i]));
    }
  }
  return static_cast<double>(rounds) * chains * 16 * 2;
}

template <int chains = 12> __attribute__((target("avx2,fma"))) double fma_rounds_avx2(long rounds) {
  __m256 sum[chains];
  const __m256 x = _mm256_set1_ps(0.5f);
#pragma GCC unroll 16
  for (int i = 0; i < chains; ++i) sum[i] = _mm256_set1_ps(static_cast<float>(i));
  for (long r = 0; r < rounds; ++r) {
#pragma GCC unroll 16
    for (int i = 0; i < chains; ++i) {
      sum[i] = _mm256_fmadd_ps(sum[i], x, x);
      asm volatile("" : "+x"(sum[i]));
    }
  }
  return static_cast<double>(rounds) * chains * 8 * 2;
}
#endif

#if defined(__aarch64__)
inline double fma_rounds_neon(long rounds) {
  constexpr int chains = 16;
  float32x4_t sum[chains];
  const float32x4_t x = vdupq_n_f32(0.5f);
#pragma GCC unroll 16
  for (int i = 0; i < chains; ++i) sum[i] = vdupq_n_f32(static_cast<float>(i));
  for (long r = 0; r < rounds; ++r) {
#pragma GCC unroll 16
    for (int i = 0; i < chains; ++i) {
      sum[i] = vfmaq_f32(sum[i], x, x);
      asm volatile("" : "+w"(sum[i]));
    }
  }
  return static_cast<double>(rounds) * chains * 4 * 2;
}
#endif

// Multiplies and adds one after the other: what a machine without vectors of ours can do.
inline double fma_rounds_scalar(long rounds) {
  constexpr int chains = 8;
  float sum[chains] = {0, 1, 2, 3, 4, 5, 6, 7};
  float x = 0.5f;
  asm volatile("" : "+m"(x));
  for (long r = 0; r < rounds; ++r) {
#pragma GCC unroll 8
    for (int i = 0; i < chains; ++i) sum[i] = sum[i] * x + x;
  }
  float total = 0;
  for (float s : sum) total += s;
  asm volatile("" : : "m"(total));
  return static_cast<double>(rounds) * chains * 2;
}

// Gigaflops in float32 of one core, the calling thread's, of the widest instruction set; float64 is half of it.
inline double fma_peak_gflops() {
  double (*rounds)(long) = fma_rounds_scalar;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) rounds = fma_rounds_avx2<>;
  if (__builtin_cpu_supports("avx512f")) rounds = fma_rounds_avx512<>;
#elif defined(__aarch64__)
  rounds = fma_rounds_neon;
#endif
  constexpr long count = 20000;
  const double flops = rounds(count);  // warm
  return flops / best_seconds(0.05, Clock::wall, [&] { rounds(count); }) * 1e-9;
}

// Gigabytes a second of one thread that computes a = b + s c over three arrays of `elements` floats.
inline double triad_gigabytes(std::size_t elements) {
  std::vector<float> a(elements, 1), b(elements, 2), c(elements, 3);
  const double time = best_seconds(0.1, Clock::thread, [&] {
    for (std::size_t i = 0; i < elements; ++i) a[i] = b[i] + 0.5f * c[i];
    asm volatile("" : : "r"(a.data()) : "memory");
  });
  return 12.0 * static_cast<double>(elements) / time * 1e-9;
}

}  // namespace backprop::bench
