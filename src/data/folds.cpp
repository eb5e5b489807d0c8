#include "data/folds.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "backprop/error.hpp"
#include "data/shuffle.hpp"

namespace backprop::data {
namespace {

void check(std::size_t things, const char* what, std::size_t count) {
  if (count < 2) throw UsageError("at least 2 folds are needed");
  if (things < count) {
    throw UsageError(std::to_string(count) + " folds need at least as many " + what + ": there are " +
                     std::to_string(things));
  }
}

std::uint64_t step(std::uint64_t repeat, std::uint64_t part) { return repeat << 32 | part; }

}  // namespace

std::vector<std::uint32_t> deal_rows(std::size_t rows, std::size_t count, std::uint64_t seed, std::uint64_t repeat) {
  return deal_classes(std::vector<std::int64_t>(rows), count, seed, repeat);
}

std::vector<std::uint32_t> deal_classes(std::span<const std::int64_t> labels, std::size_t count, std::uint64_t seed,
                                        std::uint64_t repeat) {
  check(labels.size(), "rows", count);
  std::map<std::int64_t, std::vector<std::uint32_t>> members;
  for (std::size_t r = 0; r < labels.size(); ++r) members[labels[r]].push_back(static_cast<std::uint32_t>(r));
  std::vector<std::uint32_t> fold_of(labels.size());
  std::size_t next = 0;  // dealing goes on where the last class ended, so that the folds stay even
  for (auto& [label, rows] : members) {
    shuffle(rows, seed, step(repeat, static_cast<std::uint64_t>(label)), "folds");
    for (const std::uint32_t row : rows) fold_of[row] = static_cast<std::uint32_t>(next++ % count);
  }
  return fold_of;
}

std::vector<std::uint32_t> deal_groups(std::span<const std::int64_t> groups, std::size_t count, std::uint64_t seed,
                                       std::uint64_t repeat) {
  std::map<std::int64_t, std::size_t> sizes;
  for (const std::int64_t group : groups) ++sizes[group];
  check(sizes.size(), "groups", count);
  std::vector<std::pair<std::int64_t, std::size_t>> order;
  const std::vector<std::pair<std::int64_t, std::size_t>> listed(sizes.begin(), sizes.end());
  for (const std::uint32_t i : permutation(listed.size(), seed, step(repeat, 0), "groups")) order.push_back(listed[i]);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::size_t> rows(count);
  std::map<std::int64_t, std::uint32_t> fold_of_group;
  for (const auto& [group, size] : order) {
    const auto smallest = std::min_element(rows.begin(), rows.end());
    *smallest += size;
    fold_of_group[group] = static_cast<std::uint32_t>(smallest - rows.begin());
  }
  std::vector<std::uint32_t> fold_of;
  for (const std::int64_t group : groups) fold_of.push_back(fold_of_group[group]);
  return fold_of;
}

std::vector<Fold> folds_of(std::span<const std::uint32_t> fold_of_row) {
  if (fold_of_row.empty()) return {};
  std::vector<Fold> folds(*std::max_element(fold_of_row.begin(), fold_of_row.end()) + 1);
  for (std::size_t r = 0; r < fold_of_row.size(); ++r) {
    for (std::uint32_t k = 0; k < folds.size(); ++k) {
      (fold_of_row[r] == k ? folds[k].test : folds[k].train).push_back(static_cast<std::uint32_t>(r));
    }
  }
  return folds;
}

std::vector<Fold> folds_by_time(std::span<const double> times, std::size_t count) {
  const std::vector<double> distinct = [&] {
    std::vector<double> sorted(times.begin(), times.end());
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    return sorted;
  }();
  check(distinct.size(), "distinct times and one more", count + 1);
  std::vector<std::uint32_t> order(times.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return times[a] < times[b]; });
  // Where each block begins: at its share of the rows, moved on past rows of the same time.
  std::vector<std::size_t> begin;
  for (std::size_t block = 0; block <= count + 1; ++block) {
    std::size_t at = std::max(block * times.size() / (count + 1), begin.empty() ? 0 : begin.back());
    while (at > 0 && at < times.size() && times[order[at]] == times[order[at - 1]]) ++at;
    begin.push_back(at);
  }
  std::vector<Fold> folds;
  for (std::size_t k = 1; k <= count; ++k) {
    if (begin[k] == begin[k + 1] || begin[k] == 0) {
      throw UsageError(std::to_string(count) + " folds by time cannot be cut: too many rows have the same time");
    }
    const auto at = [&](std::size_t i) { return order.begin() + static_cast<std::ptrdiff_t>(i); };
    Fold fold{{order.begin(), at(begin[k])}, {at(begin[k]), at(begin[k + 1])}};
    std::sort(fold.train.begin(), fold.train.end());
    std::sort(fold.test.begin(), fold.test.end());
    folds.push_back(std::move(fold));
  }
  return folds;
}

}  // namespace backprop::data
