#include "ops/ops.hpp"
#include "plan/rewriter.hpp"
#include "plan/simplify_passes.hpp"

namespace backprop {
namespace {

// The argument of an equation that exchanges the last two axes and moves no other; -1 for every other equation.
Index exchanged(const Equation& e) {
  if (e.operation != &ops::transpose) return -1;
  const Integers& permutation = e.attributes.integers("permutation");
  const std::size_t rank = permutation.size();
  if (rank < 2) return -1;
  for (std::size_t i = 0; i + 2 < rank; ++i) {
    if (permutation[i] != static_cast<std::int64_t>(i)) return -1;
  }
  return permutation[rank - 2] == static_cast<std::int64_t>(rank) - 1 ? e.inputs[0] : -1;
}

}  // namespace

Simplified fold_transposes(const Simplified& from) {
  Rewriter writer(from.graph);
  for (const Equation& e : from.graph.equations()) {
    if (e.operation != &ops::matmul) {
      writer.copy(e);
      continue;
    }
    const LayerScope scope(writer.graph, e.layer);
    Value operands[2];
    bool flags[2] = {e.attributes.flag("transpose_a"), e.attributes.flag("transpose_b")};
    for (std::size_t k = 0; k < 2; ++k) {
      operands[k] = writer[e.inputs[k]];
      while (true) {
        const Index inner = exchanged(writer.graph.equation_of(operands[k].index));
        if (inner < 0) break;
        operands[k] = writer.graph.value(inner);
        flags[k] = !flags[k];
      }
    }
    writer.set(e.outputs[0],
               writer.graph.apply(ops::matmul, {operands[0], operands[1]},
                                  {{"transpose_a", std::int64_t{flags[0]}}, {"transpose_b", std::int64_t{flags[1]}}}));
  }
  return writer.finish(from.outputs, from.updates);
}

}  // namespace backprop
