// From a case of the table to a graph with numbers.
#include <algorithm>

#include "backprop/operations.hpp"
#include "evidence/protocol.hpp"
#include "evidence/rewrite.hpp"

namespace backprop::evidence {
namespace {

bool differentiable(const Argument& argument) { return argument.differentiate && argument.dtype == DType::float64; }

// Argument that stands for argument `i` when equal ones are one value.
std::size_t first_like(const OperationCase& one, std::size_t i) {
  for (std::size_t k = 0; k < i; ++k) {
    if (differentiable(one.arguments[k]) && one.arguments[k] == one.arguments[i]) return k;
  }
  return i;
}

// Every argument and every output gets a second user.
void fan_out(const OperationCase& one, Subject& subject, std::span<const Value> arguments) {
  const std::vector<Value> again = one.build(*subject.graph, arguments);
  std::vector<Value> more = again;
  for (const Value& output : subject.outputs) {
    if (output.dtype() == DType::float64) more.push_back(square(output));
  }
  for (const Value& argument : subject.arguments) more.push_back(argument * 2);
  subject.outputs.insert(subject.outputs.end(), more.begin(), more.end());
}

}  // namespace

bool can_be_twice(const OperationCase& one) {
  for (std::size_t i = 0; i < one.arguments.size(); ++i) {
    if (first_like(one, i) != i) return true;
  }
  return false;
}

Subject make_subject(const OperationCase& one, Variant variant, std::uint64_t seed) {
  Subject subject;
  subject.graph = std::make_unique<Graph>();
  subject.name = "[" + one.operation + "] " + one.label +
                 (variant == Variant::twice     ? ", the same value twice"
                  : variant == Variant::fan_out ? ", fan-out"
                                                : "");
  subject.differences = one.differences;
  subject.has_second = one.has_second;
  std::vector<Value> arguments;
  for (std::size_t i = 0; i < one.arguments.size(); ++i) {
    const Argument& argument = one.arguments[i];
    if (const std::size_t k = first_like(one, i); variant == Variant::twice && k != i) {
      arguments.push_back(arguments[k]);
      continue;
    }
    arguments.push_back(subject.graph->input(argument.shape, argument.dtype));
    subject.inputs.push_back(sample(argument, seed * 64 + i));
    if (differentiable(argument)) subject.arguments.push_back(arguments.back());
  }
  // Binds the named sizes even where no argument does.
  const Argument sizes = {{named("B"), named("T")}};
  subject.graph->input(sizes.shape, sizes.dtype, "sizes");
  subject.inputs.push_back(sample(sizes, 0));
  subject.outputs = one.build(*subject.graph, arguments);
  if (variant == Variant::fan_out) fan_out(one, subject, arguments);
  return subject;
}

Subject in_single_precision(const Subject& subject) {
  Subject single;
  single.graph = in_float32(*subject.graph);
  single.name = subject.name + " in float32";
  for (const Value& v : subject.arguments) single.arguments.push_back(single.graph->value(v.index));
  for (const Value& v : subject.outputs) single.outputs.push_back(single.graph->value(v.index));
  for (const Tensor& t : subject.inputs) {
    single.inputs.push_back(t.dtype() == DType::float64 ? convert(t, DType::float32) : t);
  }
  return single;
}

}  // namespace backprop::evidence
