// The tile programs of common networks are compiled whole. (That a plan gives the interpreter's bits, whichever way its
// programs run, is what the random graphs and the tests of steps compare.)
#include "run/cpu/tile_sequences.hpp"

#include <gtest/gtest.h>

#include "backprop/backprop.hpp"
#include "plan/passes.hpp"
#include "plan/simplify.hpp"
#include "run/cpu/tile_code.hpp"

namespace backprop::cpu {
namespace {

// Fails with the text of every program over more than one element that is not in the list.
void expect_compiled(Activation hidden, bool classes, const Optimiser& optimiser, std::int64_t batch) {
  Graph g;
  const Dim B = named("B");
  const Value x = g.input({B, 8}), t = classes ? g.input({B}, int64) : g.input({B, 3});
  const Value y = sequence(dense(16, hidden), dense(3))(x);
  const Program program = train_step(classes ? cross_entropy(y, t) : squared_error(y, t), optimiser);
  const Simplified simplified = simplify(program);
  const Plan plan = make_plan({simplified.graph, simplified.outputs, simplified.updates}, {{"B", batch}});
  for (const Step& step : plan.steps) {
    if (step.kind != StepKind::tile || count(step.outputs[0].extents) == 1) continue;
    TileProgram tile = step.tile;
    eliminate_common_and_dead(tile);
    const std::string text = text_of(tile).text;
    EXPECT_NE(find_tile_sequence(DType::float32, text), nullptr) << "batch " << batch << ": \"" << text << "\"";
  }
}

TEST(TileSequences, HoldTheProgramsOfCommonNetworks) {
  const Optimiser optimisers[] = {sgd(),     momentum(), momentum({.nesterov = true}), adam(), adamw(),
                                  rmsprop(), adagrad()};
  for (const std::int64_t batch : {1, 64}) {
    for (const Optimiser& optimiser : optimisers) {
      for (const bool classes : {false, true}) expect_compiled(relu, classes, optimiser, batch);
    }
    for (const Activation& activation : {Activation(tanh), Activation(sigmoid)}) {
      expect_compiled(activation, false, adam(), batch);
    }
  }
}

}  // namespace
}  // namespace backprop::cpu
