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

using Space = std::vector<Dimension>;

// What is searched when nothing is said: settings of batches, and where the table allows it of Levenberg-Marquardt.
Space default_space();
std::vector<Space> default_spaces(const TrainFlags& flags, const LearningTable& learning,
                                  std::span<const std::uint32_t> rows);
// "learning-rate=0.001..0.02 hidden=32|64, or optimizer=levenberg_marquardt hidden=10|20"
std::string describe_spaces(std::span<const Space> spaces);

// The flags with some of them set anew. Throws UsageError for a flag that train does not have, or a value that it
// refuses.
TrainFlags with_setting(const TrainFlags& flags, const Setting& setting);

struct SearchPlan {
  const TrainFlags& flags;
  const std::vector<Space>& spaces;  // every fourth trial draws from the last
  const LearningTable& learning;
  std::span<const std::uint32_t> rows;
  std::shared_ptr<Device> device;
  const Interrupt& interrupt;
};

// So many trials; the last one gives the best setting by then twice the members, where no flag says how many.
SuccessiveHalving make_halving(const TrainFlags& flags, int trials, bool own_space);

// The setting of a trial; number 0 sets nothing.
Setting setting_of(const SearchPlan& plan, const SuccessiveHalving& halving, int number);

// On the last rung the loss of whole models by cross-validation: the networks that are averaged, and rows that decided
// nothing, unlike those that ended a training. Below it that on the rows that decide when to stop (or that the members
// leave out), after the effort of the trial's rung. NaN when it diverged.
double try_setting(const SearchPlan& plan, const SuccessiveHalving& halving, Trial trial);

// Tries until nothing is left to try, or it is stopped. `on_trial` is told of each new result and says whether to go on.
void search(
    const SearchPlan& plan, SuccessiveHalving& halving,
    const std::function<bool(Trial, double)>& on_trial = [](Trial, double) { return true; });

}  // namespace backprop::cli
