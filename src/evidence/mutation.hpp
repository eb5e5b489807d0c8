// Wrong derivative rules, generated: a copy of an operation whose rule for one argument is wrong in one way, to see
// that the protocol catches it. Thread safety: pure functions.
#pragma once
#include <string>
#include <vector>

#include "backprop/operation.hpp"

namespace backprop::evidence {

enum class Mistake : std::uint8_t {
  sign,
  factor,             // 1 + 1e-6
  wrong_axis,         // the rule works along another axis
  dropped_sum,        // a sum in the rule keeps only the first term: the sum that undoes a broadcast, forgotten
  swapped_arguments,  // the rule of another argument
  stale_input,        // the rule reads the numbers of another moment
  detached_input,     // the rule takes its inputs for constants: the second derivative is wrong
};
inline constexpr Mistake all_mistakes[] = {
    Mistake::sign,        Mistake::factor,        Mistake::wrong_axis, Mistake::dropped_sum, Mistake::swapped_arguments,
    Mistake::stale_input, Mistake::detached_input};
std::string_view to_string(Mistake mistake);

// Which of an operation's rules is wrong.
enum class Rule : std::uint8_t { partial, transpose, vjp, jvp };
std::string_view to_string(Rule rule);

// An operation with a wrong rule. Rules find it in their context: it is the operation of the equation.
struct Mutant : Operation {
  const Operation* original = nullptr;
  Rule rule = Rule::partial;
  int wrong_argument = 0;
  Mistake mistake = Mistake::sign;

  std::string label() const;  // "multiply: partial of argument 1, sign"
};

// One for every rule of the operation, argument up to `arguments` and mistake; whether it applies shows when the rule
// is used (see mistake_applied).
std::vector<Mutant> mutants(const Operation& operation, int arguments);

// Whether a wrong rule has changed anything since the last call: false where a mistake does not apply, for instance a
// dropped sum in a rule that has none. Per thread.
bool mistake_applied();

// A wrong rule that gives the right derivative, and why.
struct Equivalent {
  std::string label;
  std::string reason;
};
const std::vector<Equivalent>& named_equivalents();

struct MutationResult {
  int generated = 0;  // applied in at least one case of the operation
  int caught = 0;
  std::vector<std::string> survivors;
};
// Runs the protocol on every wrong rule of the operation until a case catches it.
MutationResult mutate(const Operation& operation);

}  // namespace backprop::evidence
