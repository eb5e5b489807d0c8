#include "data/folds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "backprop/error.hpp"

namespace backprop::data {
namespace {

std::vector<std::size_t> sizes(const std::vector<std::uint32_t>& fold_of, std::size_t count) {
  std::vector<std::size_t> sizes(count);
  for (const std::uint32_t fold : fold_of) ++sizes.at(fold);
  return sizes;
}

TEST(Folds, AreEvenAndDealtAnewByRepeatAndSeed) {
  const auto first = deal_rows(23, 5, 1);
  for (const std::size_t size : sizes(first, 5)) EXPECT_TRUE(size == 4 || size == 5);
  EXPECT_EQ(first, deal_rows(23, 5, 1));
  EXPECT_NE(first, deal_rows(23, 5, 2));
  EXPECT_NE(first, deal_rows(23, 5, 1, 1));
}

TEST(Folds, SpreadEachClassEvenly) {
  std::vector<std::int64_t> labels;
  for (int r = 0; r < 103; ++r) labels.push_back(r % 10 == 0 ? 2 : r % 3 == 0 ? 1 : 0);
  const auto fold_of = deal_classes(labels, 4, 7);
  std::map<std::int64_t, std::vector<std::size_t>> counts;
  for (std::size_t r = 0; r < labels.size(); ++r) {
    counts.try_emplace(labels[r], 4).first->second[fold_of[r]]++;
  }
  for (const auto& [label, of] : counts) {
    EXPECT_LE(*std::max_element(of.begin(), of.end()) - *std::min_element(of.begin(), of.end()), 1u) << label;
  }
  const auto all = sizes(fold_of, 4);
  EXPECT_LE(*std::max_element(all.begin(), all.end()) - *std::min_element(all.begin(), all.end()), 1u);
}

TEST(Folds, KeepGroupsWhole) {
  std::vector<std::int64_t> groups;
  for (int r = 0; r < 100; ++r) groups.push_back(r < 40 ? 0 : r % 13);
  const auto fold_of = deal_groups(groups, 3, 1);
  std::map<std::int64_t, std::set<std::uint32_t>> folds;
  for (std::size_t r = 0; r < groups.size(); ++r) folds[groups[r]].insert(fold_of[r]);
  for (const auto& [group, of] : folds) EXPECT_EQ(of.size(), 1u) << group;
  for (const std::size_t size : sizes(fold_of, 3)) EXPECT_GE(size, 25u);
  EXPECT_THROW(deal_groups(std::vector<std::int64_t>{1, 1, 2, 2}, 3, 1), UsageError);
}

TEST(Folds, HoldEachRowBackOnce) {
  const auto folds = folds_of(deal_rows(10, 3, 1));
  ASSERT_EQ(folds.size(), 3u);
  std::vector<int> held_back(10);
  for (const Fold& fold : folds) {
    EXPECT_EQ(fold.train.size() + fold.test.size(), 10u);
    for (const std::uint32_t row : fold.test) ++held_back[row];
  }
  EXPECT_EQ(held_back, std::vector<int>(10, 1));
  EXPECT_THROW(deal_rows(2, 3, 1), UsageError);
  EXPECT_THROW(deal_rows(10, 1, 1), UsageError);
}

// scikit-learn's TimeSeriesSplit of 12 rows into 3: 3 rows of test each, all that is earlier to learn from.
TEST(Folds, ByTimeLearnFromThePastOnly) {
  const std::vector<double> times = {11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
  const auto folds = folds_by_time(times, 3);
  ASSERT_EQ(folds.size(), 3u);
  EXPECT_EQ(folds[0].train, (std::vector<std::uint32_t>{9, 10, 11}));
  EXPECT_EQ(folds[0].test, (std::vector<std::uint32_t>{6, 7, 8}));
  EXPECT_EQ(folds[2].train, (std::vector<std::uint32_t>{3, 4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(folds[2].test, (std::vector<std::uint32_t>{0, 1, 2}));
}

TEST(Folds, ByTimeNeverSplitOneMoment) {
  const std::vector<double> times = {0, 0, 0, 0, 1, 1, 2, 2, 3, 3};
  for (const Fold& fold : folds_by_time(times, 2)) {
    double latest = -1;
    for (const std::uint32_t row : fold.train) latest = std::max(latest, times[row]);
    for (const std::uint32_t row : fold.test) EXPECT_GT(times[row], latest);
    EXPECT_FALSE(fold.test.empty());
  }
  EXPECT_THROW(folds_by_time(std::vector<double>{1, 1, 1, 2, 2}, 2), UsageError);
}

}  // namespace
}  // namespace backprop::data
