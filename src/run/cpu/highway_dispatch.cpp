// What Highway's dispatch tables call of its library, so that the library need not be loaded: its shared one measures
// the clock when it is, which took 5 of the 8 ms in which a small program came to its first step. Weak and hidden: a
// program with a Highway of its own keeps that one. Thread safety: safe from many threads.
#include "hwy/targets.h"

#if HWY_ARCH_X86
#include <cpuid.h>

namespace hwy {
namespace {

bool has_half_floats_and_leading_zeros() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool half_floats = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
  return half_floats && __get_cpuid(0x80000001, &a, &b, &c, &d) != 0 && (c & bit_LZCNT) != 0;
}

// As Highway's own, of the instruction sets that we compile for; what the system does not save counts as not there.
std::int64_t find_targets() {
  __builtin_cpu_init();
  std::int64_t targets = HWY_STATIC_TARGET | HWY_SCALAR;
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                    __builtin_cpu_supports("bmi2") && has_half_floats_and_leading_zeros();
  if (!avx2) return targets;
  targets |= HWY_AVX2;
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512cd");
  return avx512 ? targets | HWY_AVX3 : targets;
}

}  // namespace

// Of assertions, which only debug builds have.
[[gnu::weak, gnu::visibility("hidden")]] void Abort(const char*, int, const char*, ...) { __builtin_trap(); }

[[gnu::weak, gnu::visibility("hidden")]] int64_t SupportedTargets() {
  static const std::int64_t targets = find_targets();
  return targets;
}

[[gnu::weak, gnu::visibility("hidden")]] ChosenTarget& GetChosenTarget() {
  static ChosenTarget chosen;
  return chosen;
}

}  // namespace hwy
#endif
