#include "cli/search.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <limits>

#include "backprop/error.hpp"

namespace backprop::cli {

std::vector<Dimension> default_space() {
  std::vector<Dimension> space;
  for (const char* text : {"hidden=32|64|128|32,32|64,64|128,128|64,64,64|256,256", "activation=tanh|relu|silu|elu",
                           "learning-rate=0.001..0.02", "batch-size=16|32|64|128", "weight-decay=0.0001..1"}) {
    space.push_back(parse_dimension(text));
  }
  return space;
}

TrainFlags with_setting(const TrainFlags& flags, const Setting& setting) {
  TrainFlags changed = flags;
  CLI::App app;
  changed.add_learning_to(app);
  std::vector<std::string> words;
  for (const auto& [name, value] : setting) words.push_back("--" + name + "=" + value);
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    throw UsageError("--search: " + std::string(error.what()));
  }
  changed.check();
  return changed;
}

Setting setting_of(const SearchPlan& plan, int number) {
  return number == 0 ? Setting() : draw_setting(plan.space, static_cast<std::uint64_t>(plan.flags.seed), number);
}

double try_setting(const SearchPlan& plan, Trial trial) {
  TrainFlags flags = with_setting(plan.flags, setting_of(plan, trial.number));
  if (trial.rung + 1 < SuccessiveHalving::rungs) {
    const double epochs = flags.effort(plan.rows.size()).epochs * SuccessiveHalving::effort(trial.rung);
    flags.epochs = std::max(1, static_cast<int>(std::ceil(epochs)));
  }
  try {
    return loss_of(learn(flags, plan.learning, plan.rows, plan.device, plan.interrupt).validation);
  } catch (const DivergedError&) {
    return std::numeric_limits<double>::quiet_NaN();
  }
}

void search(const SearchPlan& plan, SuccessiveHalving& halving, const std::function<bool(Trial, double)>& on_trial) {
  while (const std::optional<Trial> trial = halving.next()) {
    const double score = try_setting(plan, *trial);
    if (plan.interrupt.requested()) return;  // what it gave is not what the whole effort gives
    halving.record(*trial, score);
    if (!on_trial(*trial, score)) return;
  }
}

}  // namespace backprop::cli
