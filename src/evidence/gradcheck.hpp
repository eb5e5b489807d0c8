// What `backprop gradcheck` does and the tests do too: every operation by the protocol, the suite itself by wrong
// rules, and random graphs. Thread safety: pure functions; random graphs use threads of their own.
#pragma once
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "evidence/compare_graph.hpp"
#include "evidence/mutation.hpp"

namespace backprop::evidence {

struct GradcheckOptions {
  std::vector<std::string> operations = {};  // none: the whole catalogue
  std::uint64_t seed = 1;                    // of the numbers at which is checked, and of the first random graph
  bool wrong_rules = true;
  std::int64_t graphs = 1000;
  int threads = 0;  // for the graphs; 0: as many as the machine has
};

struct GradcheckFindings {
  std::int64_t operations = 0, carry_derivative = 0, calls = 0;
  GradientReport report;     // by the protocol; its failures tell of missing cases and uncaught wrong rules too
  MutationResult mutations;  // summed over the operations
  GraphsResult graphs;

  bool passed() const { return report.passed() && graphs.report.passed(); }
};

GradcheckFindings gradcheck(const GradcheckOptions& options = {});
// Operations checked, worst scaled error by method, wrong rules caught, graphs compared with their histogram, failures.
void print(std::ostream& out, const GradcheckFindings& findings);

// Whether a derivative can pass through the operation: it has a rule, and gives numbers of a floating type.
bool carries_derivative(const Operation& operation);
// "tanh 412   exp 398 ...", four a line, for the operations that carry a derivative.
std::string histogram_text(const std::map<std::string, std::int64_t>& histogram);

}  // namespace backprop::evidence
