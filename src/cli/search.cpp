#include "cli/search.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <limits>

#include "backprop/error.hpp"
#include "cli/deal_folds.hpp"
#include "cli/train_network.hpp"

namespace backprop::cli {

namespace {

constexpr const char* final_members = "10";
constexpr int least_trials_for_finals = 10;
constexpr std::size_t folds_at_the_top = 5;
constexpr std::size_t most_rows_to_solve = 2000;

Space least_squares_space() {
  Space space;
  for (const char* text : {"optimizer=levenberg_marquardt", "hidden=5|8|12|16|20|25|30|8,8|12,12|16,16|20,20|24,24"}) {
    space.push_back(parse_dimension(text));
  }
  return space;
}

}  // namespace

Space default_space() {
  Space space;
  for (const char* text : {"hidden=32|64|128|32,32|64,64|128,128|64,64,64|256,256", "activation=tanh|relu|silu|elu",
                           "learning-rate=0.001..0.02", "batch-size=16|32|64|128", "weight-decay=0.0001..1"}) {
    space.push_back(parse_dimension(text));
  }
  return space;
}

std::vector<Space> default_spaces(const TrainFlags& flags, const LearningTable& learning,
                                  std::span<const std::uint32_t> rows) {
  std::vector<Space> spaces = {default_space()};
  const bool open = flags.optimizer == "adam" && flags.learning_rate.empty() && !flags.weight_decay &&
                    !flags.batch_size && flags.validation.value_or(0) == 0;
  if (!open || rows.size() > most_rows_to_solve) return spaces;
  TrainFlags largest = flags;
  largest.optimizer = levenberg_marquardt;
  largest.hidden = "24,24";
  if (obstacle_to_least_squares(largest, learning, fit_preprocessing(flags, learning, rows), {}).empty()) {
    spaces.push_back(least_squares_space());
  }
  return spaces;
}

std::string describe_spaces(std::span<const Space> spaces) {
  std::string text;
  for (const Space& space : spaces) {
    if (!text.empty()) text += ", or";
    for (const Dimension& dimension : space) text += (text.empty() ? "" : " ") + dimension.to_text();
  }
  return text;
}

SuccessiveHalving make_halving(const TrainFlags& flags, int trials, bool own_space) {
  const bool finals = !own_space && !flags.members && flags.validation.value_or(0) == 0;
  return SuccessiveHalving(trials, finals && trials >= least_trials_for_finals ? 1 : 0);
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

Setting setting_of(const SearchPlan& plan, const SuccessiveHalving& halving, int number) {
  if (number == 0) return {};
  if (number >= halving.first_final()) {
    const std::optional<Trial> best = halving.best_before_finals();
    Setting setting = best ? setting_of(plan, halving, best->number) : Setting();
    setting.emplace_back("members", final_members);
    return setting;
  }
  const Space& space = number % 4 == 3 ? plan.spaces.back() : plan.spaces.front();
  return draw_setting(space, static_cast<std::uint64_t>(plan.flags.seed), number);
}

namespace {

// Of whole models, members and all, on rows that they have not seen. NaN once it is interrupted.
double cross_validated_loss(const SearchPlan& plan, const TrainFlags& flags) {
  double total = 0;
  for (const data::Fold& fold :
       deal_folds(plan.learning, plan.rows, folds_at_the_top, static_cast<std::uint64_t>(flags.seed))) {
    const Learned learned = learn(flags, plan.learning, fold.train, plan.device, plan.interrupt);
    if (learned.report.stopped) return std::numeric_limits<double>::quiet_NaN();
    total += loss_of(learned.measure(plan.learning, fold.test)) * static_cast<double>(fold.test.size());
  }
  return total / static_cast<double>(plan.rows.size());
}

}  // namespace

double try_setting(const SearchPlan& plan, const SuccessiveHalving& halving, Trial trial) {
  TrainFlags flags = with_setting(plan.flags, setting_of(plan, halving, trial.number));
  try {
    if (trial.rung + 1 == SuccessiveHalving::rungs) return cross_validated_loss(plan, flags);
    const double epochs = flags.effort(plan.rows.size()).epochs * SuccessiveHalving::effort(trial.rung);
    flags.epochs = std::max(1, static_cast<int>(std::ceil(epochs)));
    return loss_of(learn(flags, plan.learning, plan.rows, plan.device, plan.interrupt).validation);
  } catch (const DivergedError&) {
    return std::numeric_limits<double>::quiet_NaN();
  }
}

void search(const SearchPlan& plan, SuccessiveHalving& halving, const std::function<bool(Trial, double)>& on_trial) {
  while (const std::optional<Trial> trial = halving.next()) {
    const double score = try_setting(plan, halving, *trial);
    if (plan.interrupt.requested()) return;  // what it gave is not what the whole effort gives
    halving.record(*trial, score);
    if (!on_trial(*trial, score)) return;
  }
}

}  // namespace backprop::cli
