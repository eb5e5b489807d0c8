// The floating-point mode that every thread computes in: round to nearest, denormals flushed to zero, nothing traps.
// Thread safety: acts on the calling thread only.
#pragma once
#include <cstdint>

#if defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

namespace backprop {

// Sets the mode while it lives; restores the thread's own after. A few nanoseconds.
class FloatingMode {
 public:
#if defined(__x86_64__) || defined(_M_X64)
  FloatingMode() : saved_(_mm_getcsr()) { _mm_setcsr(0x1F80 | 0x8040); }  // all masked, nearest, FTZ and DAZ
  ~FloatingMode() { _mm_setcsr(saved_); }

 private:
  unsigned saved_;
#elif defined(__aarch64__)
  FloatingMode() {
    asm volatile("mrs %0, fpcr" : "=r"(saved_));
    asm volatile("msr fpcr, %0" ::"r"(std::uint64_t{1} << 24));  // FZ; nearest
  }
  ~FloatingMode() { asm volatile("msr fpcr, %0" ::"r"(saved_)); }

 private:
  std::uint64_t saved_;
#else
  FloatingMode() {}
#endif
  FloatingMode(const FloatingMode&) = delete;
  FloatingMode& operator=(const FloatingMode&) = delete;
};

}  // namespace backprop
