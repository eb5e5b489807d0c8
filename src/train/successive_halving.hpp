// Which setting to try next, and for how long: asynchronous successive halving (Li et al. 2020), one trial at a time.
// Every decision is a pure function of what was recorded, so a search goes on from a record of its results.
// Thread safety: one thread at a time.
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <vector>

namespace backprop {

// A setting, and the rung of the ladder: on the last rung it gets the full effort, on each one before a third of the
// next.
struct Trial {
  int number = 0;  // from 0: the setting
  int rung = 0;
  friend auto operator<=>(const Trial&, const Trial&) = default;  // NOLINT(modernize-use-nullptr)
};

class SuccessiveHalving {
 public:
  // `settings`: how many are begun. Setting 0 climbs to the top whatever its score: it is what others are compared with.
  // The last `finals` are tried when all else is done, with the full effort: variations of what is best by then.
  explicit SuccessiveHalving(int settings, int finals = 0) : settings_(settings), finals_(finals) {}
  static constexpr int rungs = 3, reduction = 3;
  // The part of the full effort that a rung gets.
  static double effort(int rung);

  // The highest promotion that is due (a score among the best third of its rung), or else a new setting; none when both
  // are used up.
  std::optional<Trial> next() const;
  // Lower is better; NaN for one that failed.
  void record(Trial trial, double score);
  bool has(Trial trial) const { return scores_.contains(trial); }

  // The best on the highest rung that has been reached; none before the first finite score.
  std::optional<Trial> best() const { return best_below(settings_); }
  // What the finals vary.
  std::optional<Trial> best_before_finals() const { return best_below(first_final()); }
  int first_final() const { return settings_ - finals_; }
  double score(Trial trial) const { return scores_.at(trial); }
  std::size_t recorded() const { return scores_.size(); }

 private:
  // The numbers that were tried on a rung, the best first; a failed one last.
  std::vector<int> ranking(int rung) const;
  std::optional<Trial> best_below(int number) const;

  int settings_, finals_;
  std::map<Trial, double> scores_;
};

}  // namespace backprop
