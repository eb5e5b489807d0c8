// Trying settings of `train` on some rows of a table. Thread safety: used by the main thread only.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/learn.hpp"
#include "train/search_space.hpp"
#include "train/successive_halving.hpp"

namespace backprop::cli {

using Setting = std::vector<std::pair<std::string, std::string>>;  // flags of train, without dashes, and their values

// What is searched when nothing is said.
std::vector<Dimension> default_space();

// The flags with some of them set anew. Throws UsageError for a flag that train does not have, or a value that it
// refuses.
TrainFlags with_setting(const TrainFlags& flags, const Setting& setting);

struct SearchPlan {
  const TrainFlags& flags;
  const std::vector<Dimension>& space;
  const LearningTable& learning;
  std::span<const std::uint32_t> rows;
  std::shared_ptr<Device> device;
  const Interrupt& interrupt;
};

// The setting of a trial; number 0 sets nothing.
Setting setting_of(const SearchPlan& plan, int number);

// The loss on the rows that decide when to stop (or that the members leave out), after the effort of the trial's rung;
// NaN when it diverged.
double try_setting(const SearchPlan& plan, Trial trial);

// Tries until nothing is left to try, or it is stopped. `on_trial` is told of each new result and says whether to go on.
void search(
    const SearchPlan& plan, SuccessiveHalving& halving,
    const std::function<bool(Trial, double)>& on_trial = [](Trial, double) { return true; });

}  // namespace backprop::cli
