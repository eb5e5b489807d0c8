// The case table: every way in which the suite calls an operation, with numbers that stay away from kinks and inside
// the domain, and an independent formula for the value. Thread safety: pure functions.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "backprop/graph.hpp"

namespace backprop::evidence {

// How the numbers of an argument are drawn.
struct Sampler {
  double low = -1.5;
  double high = 1.5;
  std::vector<double> kinks = {};  // numbers stay 0.05 away from these
  // Numbers near multiples of this plus `offset` (within a fifth of it), so that two arguments never tie; 0: anywhere.
  double spacing = 0;
  double offset = 0;
  bool distinct = false;             // no two numbers of the argument are near each other
  std::vector<double> exactly = {};  // these numbers, over and over
  friend bool operator==(const Sampler&, const Sampler&) = default;
};

inline constexpr double kink_margin = 0.05;

struct Argument {
  Shape shape;
  Sampler sampler = {};
  DType dtype = DType::float64;
  bool differentiate =
      true;  // false: what the derivative is not asked for (a power's exponent when the base is negative)
  friend bool operator==(const Argument&, const Argument&) = default;
};

// An argument's numbers, as an independent formula sees them.
struct Array {
  Extents extents;
  std::vector<double> numbers;
};

using Build = std::function<std::vector<Value>(Graph&, std::span<const Value>)>;
// All outputs' numbers, one after the other.
using Formula = std::function<std::vector<double>(std::span<const Array>)>;

struct OperationCase {
  std::string operation;   // the catalogue's name
  std::string label = {};  // "[2, 3] axes (1)"
  std::vector<Argument> arguments = {};
  Build build = {};
  Formula formula = {};     // none: the value has no closed form (random numbers)
  bool differences = true;  // false where the derivative is a convention that differences do not see (stop_gradient)
  bool has_second = true;
};

// What the named sizes of the case table stand for.
const Bindings& case_sizes();
std::vector<OperationCase> operation_cases();
// The argument's numbers: a pure function of argument, sizes and seed.
Tensor sample(const Argument& argument, std::uint64_t seed);

// The parts of the table.
void add_elementwise_cases(std::vector<OperationCase>& cases);
void add_activation_cases(std::vector<OperationCase>& cases);
void add_logic_cases(std::vector<OperationCase>& cases);
void add_reduction_cases(std::vector<OperationCase>& cases);
void add_shape_cases(std::vector<OperationCase>& cases);
void add_index_cases(std::vector<OperationCase>& cases);
void add_product_cases(std::vector<OperationCase>& cases);
void add_leaf_cases(std::vector<OperationCase>& cases);

}  // namespace backprop::evidence
