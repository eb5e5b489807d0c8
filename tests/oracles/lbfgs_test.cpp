// L-BFGS against PyTorch's printed trajectory, a closed-form optimum, and Rosenbrock's valley.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "backprop/minimise.hpp"
#include "backprop/operations.hpp"

namespace backprop::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path references() {
  const char* given = std::getenv("BACKPROP_SHARED");
  return (given && *given ? fs::path(given) : fs::path(BACKPROP_SOURCE_DIR) / "../shared") / "references";
}
json read_json(const std::string& name) { return json::parse(std::ifstream(references() / name)); }

// PyTorch's 2-3-1 sigmoid network, loss the sum of its outputs, in the order that the trajectories print.
struct SigmoidNetwork {
  Graph g;
  std::shared_ptr<StateStore> store = std::make_shared<StateStore>();
  Tensor inputs;
  Value loss;

  explicit SigmoidNetwork(const json& reference) {
    const json &start = reference["start"], &rows = reference["setup"]["inputs"];
    std::vector<double> numbers;
    for (const auto& row : rows) numbers.insert(numbers.end(), row.begin(), row.end());
    inputs = Tensor::from<double>({3, 2}, numbers);
    const Value x = g.input({3, 2}, float64, "x");
    const Value hidden =
        sigmoid(matmul(x, state("1.W", {3, 2}, start["W1"]), false, true) + state("1.b", {3}, start["b1"]));
    loss =
        sum(sigmoid(matmul(hidden, state("2.W", {1, 3}, start["W2"]), false, true) + state("2.b", {1}, start["b2"])));
  }
  Value state(const std::string& name, Extents extents, const json& values) {
    const StateSpec spec{name, float64, std::move(extents), Role::parameter, {}};
    std::vector<double> numbers;
    for (const auto& row : values.flatten()) numbers.push_back(row);
    store->require(spec).tensor = Tensor::from<double>(spec.extents, numbers);
    return g.state(spec);
  }
  std::vector<double> parameters() const {
    std::vector<double> all;
    for (const char* name : {"1.W", "1.b", "2.W", "2.b"}) {
      const auto part = (*store)[name].as<double>();
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }
};

const json& find_case(const json& reference, const std::string& name) {
  for (const json& c : reference["cases"]) {
    if (c["name"] == name) return c;
  }
  throw Error("no case " + name);
}

TEST(Lbfgs, FollowsPyTorchWithoutLineSearch) {
  if (!fs::exists(references() / "optimizers.json")) GTEST_SKIP() << "no " << references().string();
  const json reference = read_json("optimizers.json");
  const json& c = find_case(reference, "lbfgs");
  const auto& steps = reference["setup"]["sample_after_step_index"];
  for (std::size_t row = 0; row < c["parameters"].size(); ++row) {
    SigmoidNetwork network(reference);
    minimise(network.loss, {{network.inputs}}, network.store,
             Lbfgs{.max_iterations = steps[row].get<int>() + 1,
                   .history = 100,
                   .line_search = LineSearch::none,
                   .learning_rate = 1,
                   .gradient_tolerance = 1e-7});
    const std::vector<double> found = network.parameters();
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_NEAR(found[i], c["parameters"][row][i].get<double>(), c["tolerance"].get<double>()) << row << " " << i;
    }
  }
}

// The loss is constant, its gradient is not: no step is low enough, and the parameters stay, to the bit.
TEST(Lbfgs, StaysWhereTheLineSearchFindsNothingLower) {
  if (!fs::exists(references() / "optimizers.json")) GTEST_SKIP() << "no " << references().string();
  const json reference = read_json("optimizers.json");
  const json& c = find_case(reference, "lbfgs-line-search-degenerate");
  SigmoidNetwork network(reference);
  const Value constant = network.loss - stop_gradient(network.loss) + 10.0;
  const Minimised result = minimise(constant, {{network.inputs}}, network.store);
  EXPECT_FALSE(result.converged);
  const std::vector<double> found = network.parameters();
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], c["parameters"][10][i].get<double>());
}

// Softmax regression on letter pairs with one more of each: the optimum is log(count + 1), up to a constant a row.
TEST(Lbfgs, ReachesTheSmoothedBigramOptimum) {
  if (!fs::exists(references() / "bigram.json")) GTEST_SKIP() << "no " << references().string();
  const json reference = read_json("bigram.json");
  std::vector<double> counts;
  for (const auto& row : reference["counts"]) {
    for (const double n : row) counts.push_back(n + 1);
  }
  double total = 0;
  for (const double n : counts) total += n;
  Graph g;
  const Value weights = g.input({27, 27}, float64, "counts");
  const Value logits = g.parameter("W", {27, 27}, initialiser::zeros(), float64);
  const Value loss = negate(sum(weights * log_softmax(logits))) / total;
  const Tensor table = Tensor::from<double>({27, 27}, counts);
  const auto store = std::make_shared<StateStore>();
  const Minimised result = minimise(loss, {{table}}, store, Lbfgs{.max_iterations = 2000, .gradient_tolerance = 1e-9});
  std::printf("smoothed bigrams: %.12f after %d iterations (%s)\n", result.loss, result.iterations,
              result.reason.c_str());
  EXPECT_NEAR(result.loss, reference["smoothed"]["loss"].get<double>(), 1e-9);
}

TEST(Lbfgs, GoesThroughRosenbrocksValley) {
  Graph g;
  const StateSpec spec{"x", float64, {2}, Role::parameter, {}};
  const auto store = std::make_shared<StateStore>();
  store->require(spec).tensor = Tensor::from<double>({2}, {-1.2, 1.0});
  const Value x = g.state(spec), a = slice(x, 0, 0, 1), b = slice(x, 0, 1, 2);
  const Value loss = sum(square(1.0 - a) + 100.0 * square(b - square(a)));
  const Minimised result = minimise(loss, {}, store, Lbfgs{.gradient_tolerance = 1e-10});
  EXPECT_TRUE(result.converged) << result.reason;
  EXPECT_LT(result.iterations, 60);
  EXPECT_NEAR((*store)["x"].as<double>()[0], 1, 1e-9);
  EXPECT_NEAR((*store)["x"].as<double>()[1], 1, 1e-9);
}

// log(x) is not finite at 0 or below: such points are too high, not an end.
TEST(Lbfgs, TurnsBackWhereTheLossIsNotFinite) {
  Graph g;
  const auto store = std::make_shared<StateStore>();
  const Value x = g.parameter("x", {}, initialiser::constant(0.05), float64);
  const Minimised result = minimise(x - log(x), {}, store, Lbfgs{.learning_rate = 1e3, .gradient_tolerance = 1e-10});
  EXPECT_TRUE(result.converged) << result.reason;
  EXPECT_NEAR((*store)["x"].as<double>()[0], 1, 1e-8);
}

TEST(Lbfgs, SaysWhatIsMissing) {
  Graph g;
  const Value x = g.input({}, float64, "x");
  EXPECT_THROW(minimise(x, {}, std::make_shared<StateStore>()), Error);
}

}  // namespace
}  // namespace backprop::test
