#include "data/split.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "backprop/error.hpp"
#include "data/shuffle.hpp"

namespace backprop::data {
namespace {

void check(const SplitFractions& fractions) {
  const auto bad = [](double f) { return !(f >= 0.0 && f < 1.0); };
  if (bad(fractions.validation) || bad(fractions.test) || fractions.validation + fractions.test >= 1.0) {
    throw UsageError("the fractions of rows for validation and test must be 0 or more and add up to less than 1");
  }
}

// How many of its members each class gives to a part of round(fraction * rows) rows: the whole rows of its share, the
// rest to the largest remainders (the first class on a tie), and never the last member that is left.
std::vector<std::size_t> apportion(const std::vector<std::size_t>& sizes, const std::vector<std::size_t>& left,
                                   double fraction) {
  const std::size_t rows = std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
  const auto wanted = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(rows)));
  std::vector<std::size_t> counts(sizes.size()), order(sizes.size());
  std::vector<double> remainders(sizes.size());
  std::size_t given = 0;
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    const double share = fraction * static_cast<double>(sizes[k]);
    counts[k] = std::min(static_cast<std::size_t>(share), left[k] == 0 ? 0 : left[k] - 1);
    remainders[k] = share - static_cast<double>(counts[k]);
    given += counts[k];
  }
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return remainders[a] > remainders[b]; });
  for (const std::size_t k : order) {
    if (given >= wanted) break;
    if (counts[k] + 1 >= left[k]) continue;
    ++counts[k];
    ++given;
  }
  return counts;
}

}  // namespace

Split split_classes(std::span<const std::int64_t> labels, const SplitFractions& fractions, std::uint64_t seed) {
  check(fractions);
  if (labels.empty()) return {};
  const auto classes = static_cast<std::size_t>(*std::max_element(labels.begin(), labels.end())) + 1;
  std::vector<std::vector<std::uint32_t>> members(classes);
  for (std::size_t r = 0; r < labels.size(); ++r) {
    members[static_cast<std::size_t>(labels[r])].push_back(static_cast<std::uint32_t>(r));
  }
  std::vector<std::size_t> sizes, left;
  for (const auto& rows : members) sizes.push_back(rows.size());
  const std::vector<std::size_t> test = apportion(sizes, sizes, fractions.test);
  for (std::size_t k = 0; k < classes; ++k) left.push_back(sizes[k] - test[k]);
  const std::vector<std::size_t> validation = apportion(sizes, left, fractions.validation);

  Split split;
  for (std::size_t k = 0; k < classes; ++k) {
    shuffle(members[k], seed, k, "split");
    const auto first = members[k].begin();
    const auto behind_test = first + static_cast<std::ptrdiff_t>(test[k]);
    const auto behind_validation = behind_test + static_cast<std::ptrdiff_t>(validation[k]);
    split.test.insert(split.test.end(), first, behind_test);
    split.validation.insert(split.validation.end(), behind_test, behind_validation);
    split.train.insert(split.train.end(), behind_validation, members[k].end());
  }
  for (auto* rows : {&split.train, &split.validation, &split.test}) std::sort(rows->begin(), rows->end());
  return split;
}

Split split_rows(std::size_t rows, const SplitFractions& fractions, std::uint64_t seed) {
  const std::vector<std::int64_t> one_class(rows, 0);
  return split_classes(one_class, fractions, seed);
}

}  // namespace backprop::data
