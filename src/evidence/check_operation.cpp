// check_operation: the suite of the catalogue for an operation from outside.
#include "evidence/protocol.hpp"
#include "evidence/report.hpp"

namespace backprop {
namespace {

using namespace evidence;

OperationCase case_of(const Operation& operation, const OperationCall& call, std::size_t number) {
  OperationCase one;
  one.operation = std::string(operation.name);
  one.label = "call " + std::to_string(number);
  for (const Tensor& tensor : call.arguments) {
    one.arguments.push_back({Shape(tensor.extents()), {.exactly = to_doubles(tensor)}, tensor.dtype()});
    one.label += " " + to_string(tensor.extents());
  }
  one.build = [&operation, &call](Graph& graph, std::span<const Value> arguments) {
    return graph.apply_all(operation, arguments, call.attributes);
  };
  return one;
}

}  // namespace

GradientReport check_operation(const Operation& operation, std::span<const OperationCall> calls) {
  GradientReport report;
  if (calls.empty()) throw Error("[check_operation] '" + std::string(operation.name) + "' needs a call to check");
  for (std::size_t number = 0; number < calls.size(); ++number) {
    const OperationCase one = case_of(operation, calls[number], number);
    for (const Variant variant : {Variant::plain, Variant::fan_out, Variant::twice}) {
      if (variant == Variant::twice && !can_be_twice(one)) continue;
      try {
        merge(report, check_subject(make_subject(one, variant, 1)));
      } catch (const Error& error) {
        report.failures.push_back(one.label + ": " + error.what());
      }
    }
  }
  return report;
}

}  // namespace backprop
