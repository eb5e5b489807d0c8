// Every wrong rule of an operation against the protocol.
#include "evidence/mutation.hpp"
#include "evidence/protocol.hpp"
#include "evidence/rewrite.hpp"

namespace backprop::evidence {
namespace {

// The subject with the wrong operation in place of the right one.
Subject with_mutant(const Subject& subject, const Mutant& mutant, bool differences) {
  Subject wrong;
  wrong.graph = with_operation(*subject.graph, *mutant.original, mutant);
  wrong.name = subject.name;
  wrong.differences = differences && subject.differences;
  wrong.has_second = subject.has_second;
  for (const Value& v : subject.arguments) wrong.arguments.push_back(wrong.graph->value(v.index));
  for (const Value& v : subject.outputs) wrong.outputs.push_back(wrong.graph->value(v.index));
  wrong.inputs = subject.inputs;
  return wrong;
}

int largest_arity(const Operation& operation, const std::vector<OperationCase>& cases) {
  if (operation.arity >= 0) return operation.arity;
  std::size_t largest = 0;
  for (const OperationCase& one : cases) largest = std::max(largest, one.arguments.size());
  return static_cast<int>(largest);
}

}  // namespace

const std::vector<Equivalent>& named_equivalents() {
  static const std::vector<Equivalent> list = {
      {"add: partial of argument 0, another argument's rule", "both partial derivatives of a + b are 1"},
      {"add: partial of argument 1, another argument's rule", "both partial derivatives of a + b are 1"}};
  return list;
}

MutationResult mutate(const Operation& operation) {
  std::vector<OperationCase> cases;
  for (OperationCase& one : operation_cases()) {
    if (one.operation == operation.name) cases.push_back(std::move(one));
  }
  std::vector<Subject> subjects;
  for (const OperationCase& one : cases) {
    for (const Variant variant : {Variant::plain, Variant::fan_out, Variant::twice}) {
      if (variant != Variant::twice || can_be_twice(one)) subjects.push_back(make_subject(one, variant, 1));
    }
  }
  MutationResult result;
  for (const Mutant& mutant : mutants(operation, largest_arity(operation, cases))) {
    bool any = false, caught = false;
    for (const Subject& subject : subjects) {
      mistake_applied();
      caught = !check_subject(with_mutant(subject, mutant, false)).passed();
      if (!mistake_applied()) continue;
      any = true;
      // Differences are slow, and dual numbers see most.
      caught = caught || !check_subject(with_mutant(subject, mutant, true)).passed();
      if (caught) break;
    }
    result.generated += any;
    result.caught += any && caught;
    if (any && !caught) result.survivors.push_back(mutant.label());
  }
  return result;
}

}  // namespace backprop::evidence
