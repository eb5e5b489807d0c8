#include "evidence/gradcheck.hpp"

#include <algorithm>
#include <cstdio>
#include <ostream>
#include <set>
#include <thread>

#include "backprop/operations.hpp"
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
    out << line("  %-65s %9lld numbers   worst %8.1e   tolerance %.0e\n", row.name.c_str(),
                static_cast<long long>(row.compared), row.worst, row.tolerance);
  }
  for (const std::string& failure : report.failures) out << "  FAILED " << failure << '\n';
}

bool is_chosen(const GradcheckOptions& options, std::string_view operation) {
  const auto& names = options.operations;
  return names.empty() || std::find(names.begin(), names.end(), operation) != names.end();
}

void check_operations(const GradcheckOptions& options, GradcheckFindings& findings) {
  std::set<std::string> called;
  for (const OperationCase& one : operation_cases()) {
    if (!is_chosen(options, one.operation)) continue;
    called.insert(one.operation);
    for (const Variant variant : {Variant::plain, Variant::twice, Variant::fan_out}) {
      if (variant == Variant::twice && !can_be_twice(one)) continue;
      ++findings.calls;
      const Subject subject = make_subject(one, variant, options.seed);
      if (variant == Variant::plain) merge(findings.report, check_value(one, subject));
      merge(findings.report, check_subject(subject));
    }
  }
  for (const Operation* operation : catalogue()) {
    if (!is_chosen(options, operation->name)) continue;
    ++findings.operations;
    findings.carry_derivative += carries_derivative(*operation);
    if (called.contains(std::string(operation->name))) continue;
    findings.report.failures.push_back("[" + std::string(operation->name) + "] has no case");
  }
}

const Equivalent* named_equivalent(const std::string& label) {
  const auto& all = named_equivalents();
  const auto it = std::find_if(all.begin(), all.end(), [&](const Equivalent& one) { return one.label == label; });
  return it == all.end() ? nullptr : &*it;
}

void check_wrong_rules(const GradcheckOptions& options, GradcheckFindings& findings) {
  for (const Operation* operation : catalogue()) {
    if (!is_chosen(options, operation->name)) continue;
    const MutationResult result = mutate(*operation);
    findings.mutations.generated += result.generated;
    findings.mutations.caught += result.caught;
    for (const std::string& survivor : result.survivors) {
      findings.mutations.survivors.push_back(survivor);
      if (!named_equivalent(survivor)) {
        findings.report.failures.push_back("a wrong rule is not caught: " + survivor);
      }
    }
  }
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

GradcheckFindings gradcheck(const GradcheckOptions& options) {
  GradcheckFindings findings;
  check_operations(options, findings);
  if (options.wrong_rules) check_wrong_rules(options, findings);
  if (options.graphs > 0) {
    const int threads = options.threads > 0 ? options.threads : static_cast<int>(std::thread::hardware_concurrency());
    findings.graphs = compare_graphs(options.seed, options.graphs, std::max(threads, 1));
  }
  return findings;
}

void print(std::ostream& out, const GradcheckFindings& findings) {
  out << "operations checked: " << findings.operations << " (" << findings.carry_derivative
      << " carry a derivative), called in " << findings.calls << " ways\n";
  print_methods(out, findings.report);
  if (findings.mutations.generated > 0) {
    out << "wrong rules: " << findings.mutations.generated << " generated, " << findings.mutations.caught
        << " caught\n";
    for (const std::string& survivor : findings.mutations.survivors) {
      const Equivalent* named = named_equivalent(survivor);
      if (named) out << "  equivalent: " << survivor << " (" << named->reason << ")\n";
    }
  }
  if (findings.graphs.graphs > 0) {
    out << "random graphs compared: " << findings.graphs.graphs << '\n';
    print_methods(out, findings.graphs.report);
    out << "graphs that differentiate each operation:\n" << histogram_text(findings.graphs.histogram);
  }
  out << (findings.passed() ? "all derivatives agree\n" : "derivatives do NOT agree\n");
}

}  // namespace backprop::evidence
