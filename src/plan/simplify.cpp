#include "plan/simplify.hpp"

#include "plan/simplify_passes.hpp"

namespace backprop {
namespace {

Simplified checked(Simplified program) {
#ifndef NDEBUG
  program.graph.verify();
#endif
  return program;
}

}  // namespace

Simplified simplify(const Program& program) {
  Simplified result = checked(extract(program));
  result = checked(rewrite_identities(result));
  result = checked(remove_dead(result));
  result = checked(fold_transposes(result));
  result = checked(form_multiply_adds(result));
  // Negated scalars of the multiply-adds move in front of their broadcasts.
  result = checked(rewrite_identities(result));
  result = checked(use_special_forms(result));
  return checked(remove_dead(result));
}

}  // namespace backprop
