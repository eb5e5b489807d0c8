#include "train/successive_halving.hpp"

#include <algorithm>
#include <cmath>

namespace backprop {

double SuccessiveHalving::effort(int rung) { return std::pow(1.0 / reduction, rungs - 1 - rung); }

std::vector<int> SuccessiveHalving::ranking(int rung) const {
  std::vector<int> numbers;
  for (const auto& [trial, score] : scores_) {
    if (trial.rung == rung) numbers.push_back(trial.number);
  }
  const auto key = [&](int number) {
    const double score = scores_.at({number, rung});
    return std::isnan(score) ? HUGE_VAL : score;
  };
  std::stable_sort(numbers.begin(), numbers.end(), [&](int a, int b) { return key(a) < key(b); });
  return numbers;
}

std::optional<Trial> SuccessiveHalving::next() const {
  for (int rung = 0; rung + 1 < rungs; ++rung) {
    if (has({0, rung}) && !has({0, rung + 1})) return Trial{0, rung + 1};
  }
  int begun = 0;
  for (int rung = rungs - 1; rung >= 0; --rung) {
    const std::vector<int> numbers = ranking(rung);
    begun = std::max(begun, numbers.empty() ? 0 : *std::max_element(numbers.begin(), numbers.end()) + 1);
    if (rung == rungs - 1) continue;
    const auto promoted = static_cast<std::size_t>(static_cast<int>(numbers.size()) / reduction);
    for (std::size_t i = 0; i < promoted; ++i) {
      if (!has({numbers[i], rung + 1}) && !std::isnan(scores_.at({numbers[i], rung})))
        return Trial{numbers[i], rung + 1};
    }
  }
  if (begun < first_final()) return Trial{begun, 0};
  for (int number = first_final(); number < settings_; ++number) {
    if (!has({number, rungs - 1})) return Trial{number, rungs - 1};
  }
  return std::nullopt;
}

void SuccessiveHalving::record(Trial trial, double score) { scores_[trial] = score; }

std::optional<Trial> SuccessiveHalving::best_below(int number) const {
  for (int rung = rungs - 1; rung >= 0; --rung) {
    const std::vector<int> numbers = ranking(rung);
    const auto best = std::ranges::find_if(numbers, [&](int tried) { return tried < number; });
    if (best != numbers.end() && !std::isnan(scores_.at({*best, rung}))) return Trial{*best, rung};
  }
  return std::nullopt;
}

}  // namespace backprop
