#include "plan/simplify.hpp"

namespace backprop {

Simplified simplify(const Program& program) {
  Simplified result = extract(program);
#ifndef NDEBUG
  result.graph.verify();
#endif
  return result;
}

}  // namespace backprop
