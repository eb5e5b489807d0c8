// The experiments of Rumelhart, Hinton and Williams (1986), 100 seeds each, against the distributions to expect
// (references/rumelhart1986.md, the checks proposed there). The files' numbers are facts repeated here, so these tests
// need no data beside them. Loss: half the sum of squared errors over outputs and patterns.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "backprop/compile.hpp"
#include "backprop/losses.hpp"
#include "backprop/network.hpp"
#include "backprop/optimisers.hpp"

namespace backprop {
namespace {

using Doubles = std::vector<double>;

struct Patterns {
  Tensor inputs, targets;
};

// A network in training; every seed starts it anew.
class Trainer {
 public:
  Trainer(const Network& net, std::int64_t inputs, std::int64_t outputs, const Momentum& options) {
    Graph g;
    const Value x = g.input({named("B"), inputs}, float64), t = g.input({named("B"), outputs}, float64);
    const Value y = net(x);
    Program program = train_step(sum(losses::half_squared(y, t)), momentum(options));
    program.outputs.push_back(y);
    step_ = std::make_unique<Compiled>(program, CompileOptions{});
  }

  // All states as a new store of this seed has them.
  void restart(std::uint64_t seed) {
    for (const auto& [name, entry] : step_->states()) {
      const StateSpec& s = entry.spec;
      step_->states()[name] = initialise(s.initialiser, s.dtype, s.extents, name, seed);
    }
  }
  // Outputs before the step's update.
  std::span<const double> step(const TensorView& inputs, const TensorView& targets) {
    step_->run({inputs, targets});
    return outputs();
  }
  // Sweeps, a step for all patterns or one for each, until all outputs are within `margin` of their targets during a
  // sweep; -1 when `limit` sweeps were not enough.
  int sweeps(Patterns& patterns, bool each_pattern, double margin, int limit) {
    const std::int64_t n = patterns.inputs.extents()[0];
    const std::int64_t in = patterns.inputs.extents()[1], out = patterns.targets.extents()[1];
    const auto xs = patterns.inputs.as<double>(), ts = patterns.targets.as<double>();
    const std::int64_t rows = each_pattern ? 1 : n;
    for (int sweep = 0; sweep < limit; ++sweep) {
      bool solved = true;
      for (std::int64_t p = 0; p < n; p += rows) {
        double* const t = &ts[static_cast<std::size_t>(p * out)];
        const auto y = step({float64, {rows, in}, &xs[static_cast<std::size_t>(p * in)]}, {float64, {rows, out}, t});
        for (std::size_t k = 0; k < y.size(); ++k) solved &= std::fabs(y[k] - t[k]) < margin;
      }
      if (solved) return sweep;
    }
    return -1;
  }
  // Of the last step, before its update.
  double loss() const { return step_->scalar(); }
  std::span<const double> outputs() const { return step_->output(1).as<const double>(); }
  Doubles state(const std::string& name) const { return to_doubles(step_->states()[name]); }

 private:
  std::unique_ptr<Compiled> step_;
};

DenseOptions uniform(double range) {
  return {.weight = initialiser::uniform(-range, range), .bias = initialiser::uniform(-range, range)};
}

double median(std::vector<int> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers.empty() ? 0 : numbers[numbers.size() / 2];
}

// The runs that are not solved sit at 'never symmetric', right for 56 of 64 patterns: loss 4.0. It is a plateau, not a
// minimum: one after the other leaves it (the 95 % point of the solved runs is at 8,589 sweeps), so that the last sweep
// allowed finds a few on their way down. A plain C loop of 1,500 runs, from other random numbers, does the same: 1,210
// solved, the points 571 / 1,846 / 8,173, and of the 290 others 270 at 4.0 and 20 on their way. Leaving takes 250 sweeps,
// 500 at most from 3.95.
TEST(Experiments1986, Symmetry) {
  Patterns patterns{Tensor(float64, {64, 6}), Tensor(float64, {64, 1})};
  for (std::size_t p = 0; p < 64; ++p) {
    const auto bit = [&](std::size_t k) { return static_cast<double>(p >> k & 1); };
    for (std::size_t k = 0; k < 6; ++k) patterns.inputs.as<double>()[6 * p + k] = bit(k);
    patterns.targets.as<double>()[p] = bit(0) == bit(5) && bit(1) == bit(4) && bit(2) == bit(3);
  }
  Trainer trainer(sequence(dense(2, sigmoid, uniform(0.3)), dense(1, sigmoid, uniform(0.3))), 6, 1, {0.1, 0.9});
  std::vector<int> solved;
  int antisymmetric = 0, doubling = 0, never = 0, leaving = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    trainer.restart(seed);
    const int sweeps = trainer.sweeps(patterns, false, 0.2, 10000);
    if (sweeps < 0) {
      if (std::fabs(trainer.loss() - 4) < 0.05) {
        ++never;
        EXPECT_LT(*std::max_element(trainer.outputs().begin(), trainer.outputs().end()), 0.5) << "seed " << seed;
      } else {
        ++leaving;
        EXPECT_LT(trainer.loss(), 4) << "seed " << seed;
        EXPECT_GE(trainer.sweeps(patterns, false, 0.2, 500), 0) << "seed " << seed << ", loss " << trainer.loss();
      }
      continue;
    }
    solved.push_back(sweeps);
    const Doubles w = trainer.state("dense_1.weight");  // [input, unit]
    bool mirrored = true, doubled = true;
    for (std::size_t unit = 0; unit < 2; ++unit) {
      Doubles sizes;
      for (std::size_t k = 0; k < 3; ++k) sizes.push_back(std::fabs(w[2 * k + unit]));
      const double largest = *std::max_element(sizes.begin(), sizes.end());
      for (std::size_t k = 0; k < 3; ++k) {
        mirrored &= std::fabs(w[2 * k + unit] + w[2 * (5 - k) + unit]) < 0.05 * largest;
      }
      std::sort(sizes.begin(), sizes.end());
      doubled &= std::fabs(sizes[1] / sizes[0] - 2) < 0.1 && std::fabs(sizes[2] / sizes[0] - 4) < 0.2;
    }
    antisymmetric += mirrored;
    doubling += doubled;
  }
  const auto n = static_cast<int>(solved.size());
  std::printf(
      "symmetry: %d of 100 solved, median %.0f sweeps, %d antisymmetric, %d as 1:2:4; %d at 4.0, %d leaving it\n", n,
      median(solved), antisymmetric, doubling, never, leaving);
  EXPECT_GE(n, 70);
  EXPECT_LE(n, 90);
  EXPECT_GE(median(solved), 1200);
  EXPECT_LE(median(solved), 3000);
  EXPECT_EQ(antisymmetric, n);
  EXPECT_GE(doubling, 0.60 * n);
  EXPECT_LE(doubling, 0.85 * n);
  EXPECT_LE(leaving, 0.15 * (never + leaving));  // 7 % of the C loop's
}

Patterns exclusive_or(double off, double on) {
  return {Tensor::from<double>({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1}), Tensor::from<double>({4, 1}, {off, on, on, off})};
}

TEST(Experiments1986, ExclusiveOrWithMoreHiddenUnitsIsFaster) {
  Patterns patterns = exclusive_or(0.1, 0.9);
  double before = 1e9;
  for (const int hidden : {2, 4, 8, 16, 32}) {
    Trainer trainer(sequence(dense(hidden, sigmoid, uniform(0.5)), dense(1, sigmoid, uniform(0.5))), 2, 1, {0.25, 0.9});
    std::vector<int> solved;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      trainer.restart(seed);
      const int sweeps = trainer.sweeps(patterns, true, 0.4, 5000);
      if (sweeps >= 0) solved.push_back(sweeps);
    }
    std::printf("XOR 2-%d-1: %zu of 100 solved, median %.0f sweeps\n", hidden, solved.size(), median(solved));
    if (hidden >= 4) {
      EXPECT_EQ(solved.size(), 100u) << hidden << " hidden units";
    }
    EXPECT_LT(median(solved), before) << hidden << " hidden units";
    before = median(solved);
  }
}

// One hidden unit and direct links from the inputs: 500 of 500 of the runs that set the scale.
TEST(Experiments1986, ExclusiveOrWithOneHiddenUnitAndDirectLinks) {
  Patterns patterns = exclusive_or(0, 1);
  Trainer trainer(sequence(skip(dense(1, sigmoid, uniform(0.5))), dense(1, sigmoid, uniform(0.5))), 2, 1, {0.5, 0.9});
  std::vector<int> solved;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    trainer.restart(seed);
    const int sweeps = trainer.sweeps(patterns, true, 0.2, 20000);
    if (sweeps >= 0) solved.push_back(sweeps);
  }
  std::printf("XOR 2-1-1 with direct links: %zu of 100 solved, median %.0f sweeps\n", solved.size(), median(solved));
  EXPECT_EQ(solved.size(), 100u);
  EXPECT_NEAR(median(solved), 206, 40);
}

TEST(Experiments1986, Encoder) {
  Patterns patterns{Tensor(float64, {8, 8}), Tensor(float64, {8, 8})};
  for (std::size_t k = 0; k < 8; ++k) patterns.inputs.as<double>()[9 * k] = patterns.targets.as<double>()[9 * k] = 1;
  const Layer hidden = dense(3, sigmoid, uniform(0.5));
  Trainer trainer(sequence(hidden, dense(8, sigmoid, uniform(0.5))), 8, 8, {0.5, 0.9});
  std::vector<int> solved;
  int binary = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    trainer.restart(seed);
    const int sweeps = trainer.sweeps(patterns, true, 0.2, 5000);
    if (sweeps < 0) continue;
    solved.push_back(sweeps);
    // Pattern k's code is row k of the weights, plus the biases.
    const Doubles w = trainer.state("dense_1.weight"), b = trainer.state("dense_1.bias");
    std::set<int> codes;
    for (std::size_t k = 0; k < 8; ++k) {
      int code = 0;
      for (std::size_t unit = 0; unit < 3; ++unit) code = 2 * code + (w[3 * k + unit] + b[unit] > 0);
      codes.insert(code);
    }
    binary += codes.size() == 8;
  }
  std::printf("encoder 8-3-8: %zu of 100 solved, median %.0f sweeps, %d with eight binary codes\n", solved.size(),
              median(solved), binary);
  EXPECT_EQ(solved.size(), 100u);
  EXPECT_NEAR(median(solved), 156, 30);
  EXPECT_GE(binary, 45);
  EXPECT_LE(binary, 70);
}

}  // namespace
}  // namespace backprop
