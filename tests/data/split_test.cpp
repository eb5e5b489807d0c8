#include "data/split.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "backprop/error.hpp"
#include "data/shuffle.hpp"

namespace backprop::data {
namespace {

std::vector<std::int64_t> labels_of(std::initializer_list<int> sizes) {
  std::vector<std::int64_t> labels;
  std::int64_t k = 0;
  for (const int size : sizes) labels.insert(labels.end(), static_cast<std::size_t>(size), k++);
  return labels;
}

std::map<std::int64_t, int> count(const std::vector<std::uint32_t>& rows, const std::vector<std::int64_t>& labels) {
  std::map<std::int64_t, int> counts;
  for (const std::uint32_t row : rows) ++counts[labels[row]];
  return counts;
}

void expect_partition(const Split& split, std::size_t rows) {
  std::vector<std::uint32_t> all;
  for (const auto* part : {&split.train, &split.validation, &split.test}) {
    EXPECT_TRUE(std::is_sorted(part->begin(), part->end()));
    all.insert(all.end(), part->begin(), part->end());
  }
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), rows);
  for (std::uint32_t i = 0; i < rows; ++i) EXPECT_EQ(all[i], i);
}

TEST(Split, KeepsTheProportionsOfTheClasses) {
  const auto labels = labels_of({50, 50, 50});
  const Split split = split_classes(labels, {}, 7);
  expect_partition(split, 150);
  for (const auto& [k, n] : count(split.test, labels)) EXPECT_EQ(n, 10) << k;
  for (const auto& [k, n] : count(split.validation, labels)) EXPECT_EQ(n, 10) << k;
  for (const auto& [k, n] : count(split.train, labels)) EXPECT_EQ(n, 30) << k;
}

TEST(Split, IsAFunctionOfTheSeed) {
  const auto labels = labels_of({59, 71, 48});
  EXPECT_EQ(split_classes(labels, {}, 1).test, split_classes(labels, {}, 1).test);
  EXPECT_NE(split_classes(labels, {}, 1).test, split_classes(labels, {}, 2).test);
  EXPECT_EQ(split_classes(labels, {}, 1).test.size(), 36u);
}

TEST(Split, EachClassTrainsHoweverSmall) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (const auto& labels : {labels_of({2, 2}), labels_of({1, 1, 40}), labels_of({3, 2, 1}), labels_of({1})}) {
      const Split split = split_classes(labels, {.validation = 0.4, .test = 0.5}, seed);
      expect_partition(split, labels.size());
      EXPECT_EQ(count(split.train, labels).size(), count({split.train.begin(), split.train.end()}, labels).size());
      for (std::int64_t k = 0; k <= labels.back(); ++k) EXPECT_GE(count(split.train, labels)[k], 1);
    }
  }
}

TEST(Split, RowsWithoutClasses) {
  const Split split = split_rows(1030, {}, 3);
  expect_partition(split, 1030);
  EXPECT_EQ(split.test.size(), 206u);
  EXPECT_EQ(split.validation.size(), 206u);
  EXPECT_TRUE(split_rows(100, {.validation = 0.0, .test = 0.0}, 3).test.empty());
}

TEST(Split, RefusesImpossibleFractions) {
  EXPECT_THROW(split_rows(10, {.validation = 0.5, .test = 0.5}, 1), UsageError);
  EXPECT_THROW(split_rows(10, {.validation = -0.1, .test = 0.5}, 1), UsageError);
  EXPECT_THROW(split_rows(10, {.validation = 0.1, .test = 1.0}, 1), UsageError);
}

TEST(Shuffle, IsAFunctionOfSeedStepAndPurpose) {
  const auto order = permutation(10, 1, 0, "rows");
  EXPECT_EQ(order, permutation(10, 1, 0, "rows"));
  EXPECT_NE(order, permutation(10, 2, 0, "rows"));
  EXPECT_NE(order, permutation(10, 1, 1, "rows"));
  EXPECT_NE(order, permutation(10, 1, 0, "split"));
}

TEST(Shuffle, IsUniform) {
  // Each of 5 items stands in each of 5 places about equally often: chi squared with 16 degrees of freedom, 0.999 point
  // 39.3.
  constexpr int draws = 20000;
  int counts[5][5] = {};
  for (std::uint64_t stream = 0; stream < draws; ++stream) {
    const auto order = permutation(5, 42, stream, "rows");
    for (std::size_t i = 0; i < 5; ++i) ++counts[i][order[i]];
  }
  double chi_squared = 0.0;
  for (const auto& row : counts) {
    for (const int n : row) chi_squared += (n - draws / 5.0) * (n - draws / 5.0) / (draws / 5.0);
  }
  EXPECT_LT(chi_squared, 39.3);
}

}  // namespace
}  // namespace backprop::data
