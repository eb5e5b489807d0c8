#include "backprop/per_example.hpp"

#include <gtest/gtest.h>

#include "backprop/compile.hpp"
#include "backprop/gradient.hpp"
#include "backprop/losses.hpp"
#include "backprop/network.hpp"
#include "backprop/optimisers.hpp"

namespace backprop {
namespace {

TEST(PerExampleGradients, AverageToTheGradientOfTheBatch) {
  Graph g;
  const Value x = g.input({named("B"), 4}, float64), t = g.input({named("B")}, int64);
  const Value loss = cross_entropy(sequence(dense(6, backprop::tanh), dense(3))(x), t);
  const std::vector<Value> parameters = trainable_parameters(loss);
  PerExampleGradients each(loss, parameters, {.seed = 3});
  Compiled together = compile(gradient(loss, parameters), {.store = std::make_shared<StateStore>(3)});

  Tensor inputs(float64, {5, 4});
  for (std::size_t k = 0; k < 20; ++k) inputs.as<double>()[k] = static_cast<double>(k * 7 % 11) / 5 - 1;
  const Tensor classes = Tensor::from<std::int64_t>({5}, {0, 2, 1, 1, 0});
  const std::vector<Tensor> gradients = each.run({inputs, classes});
  together.run({inputs, classes});
  ASSERT_EQ(gradients.size(), 4u);
  EXPECT_EQ(gradients[0].extents(), (Extents{5, 4, 6}));
  for (std::size_t k = 0; k < gradients.size(); ++k) {
    const std::vector<double> mean = to_doubles(together.output(static_cast<int>(k))), rows = to_doubles(gradients[k]);
    for (std::size_t i = 0; i < mean.size(); ++i) {
      double total = 0;
      for (std::size_t row = 0; row < 5; ++row) total += rows[row * mean.size() + i];
      EXPECT_NEAR(total / 5, mean[i], 1e-15);
    }
  }
  EXPECT_EQ(each.run({Tensor(float64, {0, 4}), Tensor(int64, {0})})[0].extents(), (Extents{0, 4, 6}));
  EXPECT_THROW(each.run({inputs, Tensor(int64, {4})}), Error);
}

TEST(PerExampleGradients, NeedANumberOfExamples) {
  Graph g;
  const Value loss = sum(sequence(dense(1))(g.input({5, 4}, float64)));
  EXPECT_THROW(PerExampleGradients(loss, trainable_parameters(loss)), UsageError);
}

}  // namespace
}  // namespace backprop
