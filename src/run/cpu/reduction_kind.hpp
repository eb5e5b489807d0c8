// Which operations are plain reductions. Thread safety: pure.
#pragma once
#include <optional>

#include "ops/ops.hpp"
#include "run/cpu/reduce_contract.hpp"

namespace backprop::cpu {

inline std::optional<Reduction> reduction_kind(const Operation& operation) {
  if (&operation == &ops::sum) return Reduction::sum;
  if (&operation == &ops::mean) return Reduction::mean;
  if (&operation == &ops::prod) return Reduction::prod;
  if (&operation == &ops::reduce_max) return Reduction::max;
  if (&operation == &ops::reduce_min) return Reduction::min;
  return std::nullopt;
}

}  // namespace backprop::cpu
