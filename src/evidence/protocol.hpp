// The protocol for derivatives: a function given as a graph, checked at one point by every method.
// Thread safety: pure functions but for the store's new states.
#pragma once
#include <memory>
#include <string>

#include "backprop/check_gradients.hpp"
#include "evidence/operation_case.hpp"

namespace backprop::evidence {

// outputs(arguments), at the point given by the inputs.
struct Subject {
  std::unique_ptr<Graph> graph;
  std::vector<Value> arguments;  // float64 inputs of the graph
  std::vector<Value> outputs;    // of any type; those that are not float64 are only compared for equality
  std::vector<Tensor> inputs;    // one for each input of the graph
  std::string name;              // "[tanh] [2, 3]"
  bool differences = true;
  bool has_second = true;
};

// How the arguments of a case are used.
enum class Variant : std::uint8_t {
  plain,
  twice,    // one value as all arguments of equal type and sampler
  fan_out,  // arguments and outputs have several users
};

// The case as a graph; `twice` needs two arguments that can be one value (can_be_twice).
Subject make_subject(const OperationCase& one, Variant variant, std::uint64_t seed);
bool can_be_twice(const OperationCase& one);

// The same with float32 for float64.
Subject in_single_precision(const Subject& subject);

// Points 1 to 3 and 5 of the protocol: reverse mode against dual numbers and differences, forward mode, adjoint
// identity, second order, values of dual numbers equal to the plain evaluation's, two runs bit-equal.
GradientReport check_subject(const Subject& subject);
// The values against the case's independent formula, in float64 and float32.
GradientReport check_value(const OperationCase& one, const Subject& subject);

// Bits, not numbers: NaN equals NaN.
bool same_bits(const Tensor& a, const Tensor& b);

}  // namespace backprop::evidence
