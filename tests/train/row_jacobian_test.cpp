// The Jacobian row by row against the general one.
#include "train/row_jacobian.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backprop/compile.hpp"
#include "backprop/gradient.hpp"
#include "backprop/network.hpp"
#include "train/minimise.hpp"

namespace backprop::test {
namespace {

TEST(RowJacobian, IsTheGeneralJacobian) {
  constexpr std::int64_t rows = 7;
  const auto store = std::make_shared<StateStore>(5);
  DenseOptions spread;
  spread.bias = initialiser::normal(0, 1);
  const Network network = sequence(dense(4, tanh, spread), dense(3, silu), dense(1));
  Tensor x(float64, {rows, 2});
  for (std::int64_t i = 0; i < x.size(); ++i)
    x.as<double>()[static_cast<std::size_t>(i)] = 0.1 * static_cast<double>(i);

  Graph by_rows;
  const Value y = network(by_rows.input({named("B"), 2}, float64));
  const ParameterVector parameters(by_rows, *store);
  Compiled ours = compile(row_jacobian(y, parameters.values()), {.store = store});
  ours.run({x});
  const std::vector<double> got = to_doubles(ours.output());
  ASSERT_EQ(got.size(), rows * parameters.size());

  Graph whole;
  const Value z = network(whole.input({rows, 2}, float64));
  const ParameterVector same(whole, *store);
  std::size_t column = 0;
  for (const Value& parameter : same.values()) {
    Compiled general = compile(jacobian(z, parameter), {.store = store});
    general.run({x});
    const std::vector<double> expected = to_doubles(general.output());
    const std::size_t width = expected.size() / rows;
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t k = 0; k < width; ++k) {
        EXPECT_NEAR(got[r * parameters.size() + column + k], expected[r * width + k], 1e-13) << column + k;
      }
    }
    column += width;
  }
  EXPECT_EQ(column, parameters.size());
}

TEST(RowJacobian, RefusesOtherUses) {
  Graph g;
  const Value x = g.input({named("B"), 1}, float64), w = g.parameter("w", {1, 1}, initialiser::ones(), float64);
  const Value y = matmul(x, w) * sum(w);  // used twice
  EXPECT_THROW(row_jacobian(y, std::vector<Value>{w}), Error);
  const Value v = g.parameter("v", {}, initialiser::ones(), float64);
  const Value scaled = matmul(x, square(v) * g.constant(1, float64, {1, 1}));
  EXPECT_THROW(row_jacobian(scaled, std::vector<Value>{v}), Error);
}

}  // namespace
}  // namespace backprop::test
