// What a thread does between two looks at what it waits for. Thread safety: a pure function.
#pragma once

namespace backprop {

// Lets the core rest for some tens of cycles.
inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace backprop
