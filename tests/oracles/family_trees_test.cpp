// The family trees of 1986: 104 cases, 4 of them held out at random, in the setting that learns (the second row of the
// table in references/rumelhart1986.md), 100 seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "backprop/compile.hpp"
#include "backprop/losses.hpp"
#include "backprop/network.hpp"
#include "backprop/optimisers.hpp"
#include "base/philox.hpp"
#include "tests/support/shared.hpp"

namespace backprop {
namespace {

using nlohmann::json;

struct Case {
  std::size_t person, relation;
  std::vector<double> answers;  // 24 zeros and ones
};

std::vector<Case> cases_of(const json& oracle) {
  std::vector<std::string> people = oracle["english"], relations = oracle["relations"];
  for (const json& name : oracle["italian"]) people.push_back(name);
  const auto place = [](const std::vector<std::string>& list, const json& name) {
    return static_cast<std::size_t>(std::find(list.begin(), list.end(), name.get<std::string>()) - list.begin());
  };
  std::vector<Case> cases;
  for (const json& row : oracle["cases"]) {
    Case c{place(people, row[0]), place(relations, row[1]), std::vector<double>(24)};
    for (const json& answer : row[2]) c.answers[place(people, answer)] = 1;
    cases.push_back(c);
  }
  return cases;
}

struct Batch {
  Tensor people, relations, answers;
};
Batch batch(const std::vector<Case>& cases, const std::vector<std::int64_t>& order, std::size_t from, std::size_t to) {
  const auto n = static_cast<std::int64_t>(to - from);
  Batch b{Tensor(float64, {n, 24}), Tensor(float64, {n, 12}), Tensor(float64, {n, 24})};
  for (std::size_t i = from; i < to; ++i) {
    const Case& c = cases[static_cast<std::size_t>(order[i])];
    b.people.as<double>()[24 * (i - from) + c.person] = 1;
    b.relations.as<double>()[12 * (i - from) + c.relation] = 1;
    std::copy(c.answers.begin(), c.answers.end(), &b.answers.as<double>()[24 * (i - from)]);
  }
  return b;
}

// Rows whose 24 outputs are all on their side of 0.5.
int right(const TensorView& outputs, const Tensor& answers) {
  const auto y = outputs.as<const double>();
  const auto t = answers.as<double>();
  int count = 0;
  for (std::size_t row = 0; row < y.size() / 24; ++row) {
    bool all = true;
    for (std::size_t k = 24 * row; k < 24 * (row + 1); ++k) all &= (y[k] > 0.5) == (t[k] > 0.5);
    count += all;
  }
  return count;
}

TEST(FamilyTrees, AreLearnedAndPartlyGuessed) {
  const json oracle = oracle_json("familytree.json");
  if (oracle.is_null()) GTEST_SKIP() << no_shared_data;
  const std::vector<Case> cases = cases_of(oracle);
  ASSERT_EQ(cases.size(), 104u);

  Graph g;
  const DenseOptions start = {.weight = initialiser::uniform(-1, 1), .bias = initialiser::uniform(-1, 1)};
  const Value people = g.input({named("B"), 24}, float64), relations = g.input({named("B"), 12}, float64);
  const Value answers = g.input({named("B"), 24}, float64), rate = g.input({}, float64), inertia = g.input({}, float64);
  const auto units = [&](std::string name, std::int64_t n, Value x) {
    return sequence(std::move(name), dense(n, sigmoid, start))(x);
  };
  const Value both = concat({units("person", 6, people), units("relation", 6, relations)}, 1);
  const Value y = units("answer", 24, units("code", 6, units("central", 12, both)));
  // No error where an output is above 0.8 (on) or below 0.2 (off).
  const Value settled = less_equal(abs(y - answers), g.constant(0.2, float64));
  const Value loss = sum(where(settled, scalar_like(y, 0), 0.5 * square(y - answers)));
  // Both rates change after 20 sweeps, and every weight loses 0.02 % after each change.
  const Optimiser recipe{"1986", 1, [&](ParameterUpdate& u) {
                           const Value change = u.moment("change");
                           return (u.parameter + u.set(change, inertia * change - rate * u.gradient)) * (1 - 2e-4);
                         }};
  Program program = train_step(loss, recipe);
  program.outputs.push_back(y);
  Compiled step = compile(program);
  Compiled outputs = compile({y}, {.store = step.store()});

  int runs_of_95 = 0, held_out = 0, trained = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto order = RandomStream(seed, 0, stream_of("held out")).permutation(104);
    const Batch train = batch(cases, order, 0, 100), test = batch(cases, order, 100, 104);
    for (const auto& [name, entry] : step.states()) {
      const StateSpec& s = entry.spec;
      step.states()[name] = initialise(s.initialiser, s.dtype, s.extents, name, seed);
    }
    Tensor epsilon = Tensor::scalar(0.025), alpha = Tensor::scalar(0.5);
    for (int sweep = 0; sweep < 1500; ++sweep) {
      if (sweep == 20) {
        epsilon.as<double>()[0] = 0.05;
        alpha.as<double>()[0] = 0.9;
      }
      step.run({train.people, train.relations, train.answers, epsilon, alpha});
    }
    outputs.run({train.people, train.relations, train.answers, epsilon, alpha});
    const int learned = right(outputs.output(), train.answers);
    outputs.run({test.people, test.relations, test.answers, epsilon, alpha});
    held_out += right(outputs.output(), test.answers);
    runs_of_95 += learned >= 95;
    trained += learned;
  }
  std::printf(
      "family trees: %d of 100 runs learn 95 of 100 cases or more (mean %.1f); %d of 400 held-out cases right\n",
      runs_of_95, trained / 100.0, held_out);
  EXPECT_GE(runs_of_95, 80);
  EXPECT_GE(held_out, 0.35 * 400);
  EXPECT_LE(held_out, 0.60 * 400);
}

}  // namespace
}  // namespace backprop
