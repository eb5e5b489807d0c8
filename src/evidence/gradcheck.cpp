#include "evidence/gradcheck.hpp"

#include <cstdio>
#include <ostream>
#include <thread>

#include "backprop/operations.hpp"
#include "evidence/compare_graph.hpp"
#include "evidence/mutation.hpp"
#include "evidence/protocol.hpp"
#include "evidence/report.hpp"

namespace backprop::evidence {
namespace {

std::string line(const char* format, auto... values) {
  char text[160];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

void print_methods(std::ostream& out, const GradientReport& report) {
  for (const MethodResult& row : report.methods) {
    out << line("  %-62s %9lld numbers   worst %8.1e   tolerance %.0e\n", row.name.c_str(),
                static_cast<long long>(row.compared), row.worst, row.tolerance);
  }
  for (const std::string& failure : report.failures) out << "  FAILED " << failure << '\n';
}

bool check_operations(std::ostream& out) {
  GradientReport report;
  std::map<std::string, int> calls;
  for (const OperationCase& one : operation_cases()) {
    for (const Variant variant : {Variant::plain, Variant::twice, Variant::fan_out}) {
      if (variant == Variant::twice && !can_be_twice(one)) continue;
      ++calls[one.operation];
      const Subject subject = make_subject(one, variant, 1);
      if (variant == Variant::plain) merge(report, check_value(one, subject));
      merge(report, check_subject(subject));
    }
  }
  int number = 0, without = 0, carry = 0;
  for (const Operation* operation : catalogue()) {
    number += calls[std::string(operation->name)];
    carry += carries_derivative(*operation);
    if (calls.find(std::string(operation->name))->second > 0) continue;
    ++without;
    out << "  FAILED [" << operation->name << "] has no case\n";
  }
  out << "operations checked: " << catalogue().size() << " (" << carry << " carry a derivative), called in " << number
      << " ways\n";
  print_methods(out, report);
  return report.passed() && without == 0;
}

bool check_wrong_rules(std::ostream& out) {
  int generated = 0, caught = 0;
  std::vector<std::string> survivors;
  for (const Operation* operation : catalogue()) {
    const MutationResult result = mutate(*operation);
    generated += result.generated;
    caught += result.caught;
    survivors.insert(survivors.end(), result.survivors.begin(), result.survivors.end());
  }
  out << "wrong rules: " << generated << " generated, " << caught << " caught\n";
  bool passed = true;
  for (const std::string& label : survivors) {
    const Equivalent* named = nullptr;
    for (const Equivalent& one : named_equivalents()) {
      if (one.label == label) named = &one;
    }
    passed = passed && named;
    out << (named ? "  equivalent: " : "  FAILED not caught: ") << label << (named ? " (" + named->reason + ")" : "")
        << '\n';
  }
  return passed;
}

bool check_graphs(std::ostream& out, const GradcheckOptions& options) {
  const int threads = options.threads > 0 ? options.threads : static_cast<int>(std::thread::hardware_concurrency());
  const GraphsResult result = compare_graphs(options.seed, options.graphs, std::max(threads, 1));
  out << "random graphs compared: " << result.graphs << " (seeds from " << options.seed << ")\n";
  print_methods(out, result.report);
  out << "graphs that differentiate each operation:\n" << histogram_text(result.histogram);
  return result.report.passed();
}

}  // namespace

bool carries_derivative(const Operation& operation) {
  if (operation.kind == OperationKind::leaf) return false;
  if (!operation.partial && !operation.transpose && !operation.vjp) return false;
  if (operation.kind != OperationKind::elementwise) return true;
  try {
    const std::vector<Type> arguments(static_cast<std::size_t>(operation.arity), Type{DType::float64, {}});
    return is_floating(operation.infer(operation, arguments, {})[0].dtype);
  } catch (const Error&) {
    // Logic takes no numbers; the others miss an attribute or a mask for a condition.
    const std::vector<Type> masks(static_cast<std::size_t>(operation.arity), Type{DType::boolean, {}});
    try {
      return operation.arity == 3 || operation.infer(operation, masks, {})[0].dtype != DType::boolean;
    } catch (const Error&) {
      return true;
    }
  }
}

std::string histogram_text(const std::map<std::string, std::int64_t>& histogram) {
  std::string text;
  int column = 0;
  for (const Operation* operation : catalogue()) {
    if (!carries_derivative(*operation)) continue;
    const auto it = histogram.find(std::string(operation->name));
    text += line("  %-22s %7lld", std::string(operation->name).c_str(),
                 static_cast<long long>(it == histogram.end() ? 0 : it->second));
    if (++column % 4 == 0) text += '\n';
  }
  return text + (column % 4 == 0 ? "" : "\n");
}

bool run_gradcheck(std::ostream& out, const GradcheckOptions& options) {
  bool passed = check_operations(out);
  if (options.wrong_rules) passed = check_wrong_rules(out) && passed;
  if (options.graphs > 0) passed = check_graphs(out, options) && passed;
  out << (passed ? "all derivatives agree\n" : "derivatives do NOT agree\n");
  return passed;
}

}  // namespace backprop::evidence
