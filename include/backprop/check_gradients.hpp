// Are the derivatives right? Reverse mode against dual numbers, differences and the adjoint identity, for a loss and
// for an operation of your own. Everything is compared in float64, elementwise, as |a - b| / max(1, |a|, |b|).
// Thread safety: pure functions but for the store's new states.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backprop/graph.hpp"
#include "backprop/operation.hpp"
#include "backprop/state.hpp"
#include "backprop/tensor.hpp"

namespace backprop {

// One way of comparing: how many numbers, and the worst scaled error among them.
struct MethodResult {
  std::string name;
  double tolerance = 0;
  double worst = 0;
  std::int64_t compared = 0;
};

struct GradientReport {
  std::vector<MethodResult> methods;
  std::vector<std::string> failures;  // one line each: what differs, where, and both numbers

  bool passed() const { return failures.empty(); }
  // Throws Error with the failures, a line each, when there are any.
  void require() const;
};
std::string to_string(const GradientReport& report);

// Checks d loss / d arguments of a scalar loss at the given inputs: reverse mode against dual numbers (1e-12) and
// Richardson's differences (1e-9), second derivatives in one direction (1e-10 and 1e-9). Arguments are inputs or states
// of the graph. A failure names the argument and element, both numbers, the operations on the way, and the operation
// whose rule is wrong, if one alone is. Stay away from kinks: differences step 0.01 to both sides. The graph must be in
// float64; throws Error when it is not, or when the inputs do not fit.
GradientReport check_gradients(Value loss, std::span<const Value> arguments, std::span<const TensorView> inputs,
                               const StateStore& store);

// A way to call an operation: float64 numbers (and indices or conditions) away from kinks and inside the domain.
struct OperationCall {
  std::vector<Tensor> arguments;
  Attributes attributes = {};
};
// The suite that every operation of the library passes, for one of your own: full Jacobians by reverse mode against
// dual numbers and differences, forward mode, the adjoint identity, second derivatives, fan-out, the same values and
// bits in two runs; one value as two arguments where they are equal in a call.
GradientReport check_operation(const Operation& operation, std::span<const OperationCall> calls);

}  // namespace backprop
