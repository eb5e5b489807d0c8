#include "backprop/compile.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "backprop/backprop.hpp"
#include "run/interpreter.hpp"
#include "tests/run_cpu/instruction_sets.hpp"

namespace backprop {
namespace {

const Dim B = named("B");

void expect_same_bits(const TensorView& a, const TensorView& b, const std::string& what) {
  ASSERT_EQ(a.dtype, b.dtype) << what;
  ASSERT_EQ(a.extents, b.extents) << what;
  EXPECT_EQ(std::memcmp(a.data, b.data, static_cast<std::size_t>(a.size()) * size_of(a.dtype)), 0) << what;
}

Tensor some_numbers(DType dtype, const Extents& extents, int seed) {
  Tensor t(float64, extents);
  double x = 0.3 + 0.1 * seed;
  for (double& v : t.as<double>()) {
    x = 3.9 * x * (1 - x) < 0.999 && 3.9 * x * (1 - x) > 0.001 ? 3.9 * x * (1 - x) : 0.37;
    v = 2 * x - 1;
  }
  return convert(t, dtype);
}

// Runs the program planned and interpreted for some steps; outputs and states must be equal to the bit.
void expect_plan_equals_interpreter(const Program& program, const std::vector<Tensor>& inputs, int steps = 3) {
  std::vector<TensorView> views(inputs.begin(), inputs.end());
  Compiled compiled = compile(program);
  StateStore other;
  for (int step = 0; step < steps; ++step) {
    compiled.run(views);
    const std::vector<Tensor> expected = interpret(program, views, other);
    for (std::size_t k = 0; k < expected.size(); ++k) {
      expect_same_bits(compiled.output(static_cast<int>(k)), expected[k], "output " + std::to_string(k));
    }
    for (const auto& [name, entry] : other) expect_same_bits(compiled.states()[name], entry.tensor, name);
  }
}

TEST(Compile, EvaluatesAnExpression) {
  Graph g;
  const Value x = g.input({B, 3}), y = g.input({3});
  Compiled f = compile(sum(x * y + 1.0, {1}));
  f.run({Tensor::from<float>({2, 3}, {1, 2, 3, 4, 5, 6}), Tensor::from<float>({3}, {1, 0, -1})});
  EXPECT_EQ(to_doubles(f.output()), (std::vector<double>{1, 1}));
  EXPECT_EQ(f.output().extents, (Extents{2}));
  // Another binding gets a plan of its own.
  f.run({Tensor::from<float>({1, 3}, {1, 2, 3}), Tensor::from<float>({3}, {1, 1, 1})});
  EXPECT_EQ(f.scalar(), 9);
}

TEST(Compile, TellsWhichInputDoesNotFit) {
  Graph g;
  const Value x = g.input({B, 3}, float32, "rows"), y = g.input({B}, float32, "targets");
  Compiled f = compile(sum(x, {1}) * y);
  const Tensor good(float32, {2, 3}), short_one(float32, {3}), wrong(float64, {2});
  const auto message = [&](std::vector<TensorView> inputs) -> std::string {
    try {
      f.run(inputs);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message({good, short_one}).find("targets"), std::string::npos) << message({good, short_one});
  EXPECT_EQ(message({good, wrong}), "[run] input 'targets' is float32, got float64");
  EXPECT_EQ(message({good}), "[run] the program has 2 inputs, got 1");
}

TEST(Compile, UpdatesSeeTheOldValues) {
  Graph g;
  const Value a = g.state({"a", float32, {2}, Role::buffer, initialiser::constant(1)});
  const Value b = g.state({"b", float32, {2}, Role::buffer, initialiser::constant(2)});
  g.update(a, b);
  g.update(b, a + b);
  Compiled f = compile(Program{.outputs = {a, a * b}, .updates = g.updates()});
  f.run({});
  EXPECT_EQ(to_doubles(f.output(0)), (std::vector<double>{1, 1}));
  EXPECT_EQ(to_doubles(f.output(1)), (std::vector<double>{2, 2}));
  EXPECT_EQ(to_doubles(f.states()["a"]), (std::vector<double>{2, 2}));
  EXPECT_EQ(to_doubles(f.states()["b"]), (std::vector<double>{3, 3}));
  EXPECT_EQ(f.states().step(), 1u);
}

Program classifier(Graph& g, DType dtype, const Optimiser& optimiser, bool with_dropout) {
  const Value x = g.input({B, 5}, dtype), t = g.input({B}, int64);
  const Network net = with_dropout ? sequence(dense(7, tanh), dropout(0.3), dense(4, sigmoid), dense(3))
                                   : sequence(dense(7, tanh), dense(4, sigmoid), dense(3));
  return train_step(mean(softmax_cross_entropy(net(x, Mode::training), t)), optimiser);
}

TEST(Compile, TrainsLikeTheInterpreter) {
  for (const DType dtype : {float32, float64}) {
    for (const Optimiser& optimiser : {sgd(), momentum(), adam(), adafactor(), lamb()}) {
      Graph g;
      SCOPED_TRACE(optimiser.name);
      expect_plan_equals_interpreter(
          classifier(g, dtype, optimiser, true),
          {some_numbers(dtype, {6, 5}, 1), Tensor::from<std::int64_t>({6}, {0, 1, 2, 2, 1, 0})});
    }
  }
}

// Networks so small that every step is run with all worked out beforehand: rows repeated from one vector, products of one
// tile or a few, few classes.
TEST(Compile, TrainsTheSmallestNetworksLikeTheInterpreter) {
  const auto check = [](DType dtype, std::int64_t rows, std::int64_t hidden, std::int64_t outputs, bool classes) {
    SCOPED_TRACE(testing::Message() << to_string(dtype) << " batch " << rows << ", 2-" << hidden << "-" << outputs
                                    << (classes ? " classes" : " numbers"));
    Graph g;
    const Value x = g.input({B, 2}, dtype), t = classes ? g.input({B}, int64) : g.input({B, outputs}, dtype);
    const Value y = sequence(dense(static_cast<int>(hidden), tanh), dense(static_cast<int>(outputs)))(x);
    Tensor targets = some_numbers(dtype, {rows, outputs}, 2);
    if (classes) {
      targets = Tensor(int64, {rows});
      for (std::int64_t r = 0; r < rows; ++r) targets.as<std::int64_t>()[static_cast<std::size_t>(r)] = r % outputs;
    }
    const Value loss = classes ? cross_entropy(y, t) : binary_cross_entropy(y, sigmoid(t));
    expect_plan_equals_interpreter(train_step(loss, classes ? adam() : momentum()),
                                   {some_numbers(dtype, {rows, 2}, 1), targets}, 2);
  };
  cpu::for_each_instruction_set([&](std::int64_t) {
    for (const DType dtype : {float32, float64}) {
      for (const std::int64_t rows : {1, 2, 3, 4, 7, 15, 16, 17, 33}) {
        for (const std::int64_t hidden : {1, 3, 4, 8, 15, 16, 17}) {
          for (const std::int64_t outputs : {1, 2, 3, 4, 5})
            check(dtype, rows, hidden, outputs, outputs > 1 && rows > 2);
        }
      }
    }
  });
}

// The update stands behind the outer product that is the gradient of one example: rows of some vectors and a rest.
TEST(Compile, TrainsOneExampleAtATimeLikeTheInterpreter) {
  const Optimiser optimisers[] = {sgd(),     momentum(), momentum({.nesterov = true}), adam(), adamw(),
                                  rmsprop(), adagrad()};
  cpu::for_each_instruction_set([&](std::int64_t) {
    for (const DType dtype : {float32, float64}) {
      for (const Optimiser& optimiser : optimisers) {
        for (const int hidden : {7, 16, 31, 32, 33, 65}) {
          SCOPED_TRACE(testing::Message() << to_string(dtype) << " " << optimiser.name << ", 5-" << hidden << "-33");
          Graph g;
          const Value x = g.input({B, 5}, dtype), t = g.input({B, 33}, dtype);
          const Program program = train_step(squared_error(sequence(dense(hidden, tanh), dense(33))(x), t), optimiser);
          expect_plan_equals_interpreter(program, {some_numbers(dtype, {1, 5}, 1), some_numbers(dtype, {1, 33}, 2)}, 2);
        }
      }
    }
  });
}

TEST(Compile, TrainsOnAnEmptyBatchLikeTheInterpreter) {
  Graph g;
  const Value x = g.input({B, 784}), t = g.input({B, 100});
  const Network net = sequence(dense(2048, tanh), dense(2048, tanh), dense(100));
  const Program program = train_step(sum(square(net(x) - t)), sgd());
  expect_plan_equals_interpreter(program, {Tensor(float32, {0, 784}), Tensor(float32, {0, 100})}, 1);
}

// Around each number of rows, columns and terms from which sums are taken in lanes, of every form.
TEST(Compile, SumsTheTermsOfProductsAsTheInterpreterDoes) {
  for (const bool ta : {false, true}) {
    for (const bool tb : {false, true}) {
      for (const std::int64_t rows : {1, 2, 16, 17}) {
        for (const std::int64_t columns : {1, 8, 9, 32, 33}) {
          for (const std::int64_t terms : {31, 32, 511, 512}) {
            const Extents left = ta ? Extents{terms, rows} : Extents{rows, terms};
            const Extents right = tb ? Extents{columns, terms} : Extents{terms, columns};
            Graph g;
            const Value a = g.input(Shape(left)), b = g.input(Shape(right));
            expect_plan_equals_interpreter(Program({matmul(a, b, ta, tb)}),
                                           {some_numbers(float32, left, 1), some_numbers(float32, right, 2)}, 1);
          }
        }
      }
    }
  }
}

TEST(Compile, RowsAlongAnyAxis) {
  Graph g;
  const Value x = g.input({2, 3, 4}, float64);
  std::vector<Value> outputs;
  for (const int axis : {0, 1, 2}) {
    outputs.insert(outputs.end(), {softmax(x, axis), log_softmax(x, axis), logsumexp(x, {axis}), sum(x, {axis}),
                                   reduce_max(x, {axis}), mean(x, {axis}, true)});
  }
  outputs.insert(outputs.end(),
                 {logsumexp(x, {0, 1}), logsumexp(x), transpose(x), sum(transpose(x, {1, 0, 2}), {1, 2})});
  expect_plan_equals_interpreter({outputs}, {some_numbers(float64, {2, 3, 4}, 2)});
}

TEST(Compile, DrawsTheReferencesRandomNumbers) {
  for (const std::int64_t n : {1, 63, 64, 65, 5000}) {
    Graph g;
    std::vector<Value> outputs;
    for (const double p : {-1.0, 0.0, 0.3, 1.0, 2.0}) outputs.push_back(random_bernoulli(g, {n, 3}, p));
    for (const DType dtype : {float32, float64}) {
      outputs.push_back(random_uniform(g, {n}, -2, 3, dtype));
      outputs.push_back(random_normal(g, {n}, 1, 2, dtype));
    }
    const Value counter = g.state({"counter", float32, {}, Role::counter, {}});
    g.update(counter, counter + 1.0);
    expect_plan_equals_interpreter({.outputs = outputs, .updates = g.updates()}, {});
  }
}

TEST(Compile, FlushesDenormalsAndRestoresTheMode) {
  Graph g;
  const Value x = g.input({4});
  Compiled f = compile(x * 0.5);
  f.run({Tensor::from<float>({4}, {std::numeric_limits<float>::min(), 1e-40f, 1, -1e-40f})});
  EXPECT_EQ(to_doubles(f.output()), (std::vector<double>{0, 0, 0.5, 0}));
  volatile float tiny = std::numeric_limits<float>::min();
  EXPECT_GT(tiny * 0.5f, 0.0f);
}

TEST(Compile, ForgetsTheOldestOfManyPlans) {
  Graph g;
  Compiled f = compile(sum(g.input({B})));
  for (int round = 0; round < 2; ++round) {
    for (std::int64_t n = 1; n <= 40; ++n) {
      Tensor ones(float32, {n});
      for (float& v : ones.as<float>()) v = 1;
      f.run({ones});
      EXPECT_EQ(f.scalar(), static_cast<double>(n));
    }
  }
}

TEST(Compile, ReadsAStateThatWasAssignedAnew) {
  Graph g;
  const Value w = g.parameter("w", {2}, initialiser::ones());
  Compiled f = compile(w * 2.0);
  f.run({});
  f.states()["w"] = Tensor::from<float>({2}, {3, 4});
  f.run({});
  EXPECT_EQ(to_doubles(f.output()), (std::vector<double>{6, 8}));
  f.states()["w"] = Tensor(float32, {3});
  EXPECT_THROW(f.run({}), Error);
  EXPECT_THROW(f.run({}), Error);  // as long as it is there
  f.states()["w"] = Tensor::from<float>({2}, {5, 6});
  f.run({});
  EXPECT_EQ(to_doubles(f.output()), (std::vector<double>{10, 12}));
}

// The gradient of one example's weights is computed where the update is, behind the commit point.
TEST(Compile, AnExampleWhoseGradientOverflowsChangesNothing) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float far : {1e25f, infinity}) {
    Graph g;
    const Value x = g.input({B, 2}), t = g.input({B, 1});
    // Finite losses: 1e20 (x w - t)^2 of weights near 1e-25, and what saturates.
    const Value w = g.parameter("w", {2, 1}, {Initialiser::Kind::constant, far == infinity ? 1 : 1e-25});
    const Value y = matmul(x, w);
    const Value loss = far == infinity ? mean(square(tanh(y) - t)) : mean(square(y - t)) * 1e20;
    Compiled f = compile(train_step(loss, sgd()));
    f.run({Tensor::from<float>({1, 2}, {1, 2}), Tensor::from<float>({1, 1}, {0.5f})});
    const Tensor before = f.states()["w"];
    EXPECT_THROW(f.run({Tensor::from<float>({1, 2}, {far, far}), Tensor::from<float>({1, 1}, {0.5f})}), DivergedError);
    EXPECT_EQ(std::memcmp(f.states()["w"].data(), before.data(), before.bytes()), 0);
  }
}

TEST(Compile, DivergenceLeavesTheStatesAlone) {
  Graph g;
  const Value x = g.input({B, 2}), t = g.input({B, 1});
  const Network net = sequence(dense(2, tanh), dense(1));
  const Value loss = mean(square(net(x) - t));
  Compiled f = compile(train_step(loss / 0.0, sgd()));
  const Tensor before = f.states()["dense_2.weight"];
  try {
    f.run({some_numbers(float32, {4, 2}, 1), some_numbers(float32, {4, 1}, 2)});
    FAIL() << "nothing thrown";
  } catch (const DivergedError& error) {
    EXPECT_EQ(std::string(error.what()), "[divide] made the first infinity at step 0");
  }
  expect_same_bits(before, f.states()["dense_2.weight"], "weight");
  EXPECT_EQ(f.states().step(), 0u);
}

}  // namespace
}  // namespace backprop
