// Runs a test once for every instruction set that was compiled and that this CPU has.
// Thread safety: chooses for the whole process, so used by one thread at a time.
#pragma once
#include <gtest/gtest.h>

#include <cstdint>

#include "hwy/highway.h"
#include "hwy/targets.h"

namespace backprop::cpu {

// f(target) with kernels of that instruction set chosen.
template <class F> void for_each_instruction_set(F&& f) {
  const std::int64_t available = hwy::SupportedTargets() & HWY_TARGETS;
  for (std::int64_t rest = available; rest != 0; rest &= rest - 1) {
    const std::int64_t target = rest & -rest;
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::GetChosenTarget().Update(target);
    f(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
}

inline bool has_fused_multiply_add(std::int64_t target) { return target != HWY_SCALAR; }

}  // namespace backprop::cpu
