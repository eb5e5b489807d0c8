// What `backprop gradcheck` does and the tests do too: every operation by the protocol, every wrong rule, some random
// graphs, and their figures printed. Thread safety: pure functions but for the stream.
#pragma once
#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>

#include "backprop/operation.hpp"

namespace backprop::evidence {

struct GradcheckOptions {
  std::int64_t graphs = 1000;  // random graphs to compare
  std::uint64_t seed = 1;      // of the first of them
  int threads = 0;             // 0: as many as the machine has
  bool wrong_rules = true;     // test the suite itself
};

// Prints operations checked, the worst scaled error by method, wrong rules caught, random graphs compared with the
// histogram of their operations, and every failure; whether there was none.
bool run_gradcheck(std::ostream& out, const GradcheckOptions& options = {});

// Whether a derivative can pass through the operation: it has a rule, and gives numbers of a floating type.
bool carries_derivative(const Operation& operation);
// "tanh 412   exp 398 ...", four a line, for the operations that carry a derivative.
std::string histogram_text(const std::map<std::string, std::int64_t>& histogram);

}  // namespace backprop::evidence
