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

// Fails with the text of every program that is not in the list, but those of one float32 number.
void expect_compiled(Activation hidden, bool classes, const Optimiser& optimiser, std::int64_t batch,
                     const TrainOptions& how = {}) {
  Graph g;
  const Dim B = named("B");
  const Value x = g.input({B, 8}), t = classes ? g.input({B}, int64) : g.input({B, 3});
  const Value y = sequence(dense(16, hidden), dense(3))(x);
  const Program program = train_step(classes ? cross_entropy(y, t) : squared_error(y, t), optimiser, how);
  const Simplified simplified = simplify(program);
  const Plan plan = make_plan({simplified.graph, simplified.outputs, simplified.updates}, {{"B", batch}});
  for (const Step& step : plan.steps) {
    if (step.kind != StepKind::tile) continue;
    TileProgram tile = step.tile;
    if (tile.dtype == float32 && count(step.outputs[0].extents) == 1) continue;
    eliminate_common_and_dead(tile);
    const std::string text = text_of(tile).text;
    EXPECT_NE(find_tile_sequence(tile.dtype, text), nullptr) << "batch " << batch << ": \"" << text << "\"";
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
  // What fit() trains with when nothing is said.
  expect_compiled(relu, true, adam(), 64, choose_training(Task::classification, adam()));
  expect_compiled(tanh, false, adam(), 64, choose_training(Task::regression, adam()));
}

}  // namespace
}  // namespace backprop::cpu
