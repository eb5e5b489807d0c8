// `backprop cross-validate`: how good a model of a table can be expected to be on rows it has not seen.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "backprop/error.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/deal_folds.hpp"
#include "cli/fold_results.hpp"
#include "cli/interrupt.hpp"
#include "cli/search.hpp"
#include "data/shuffle.hpp"

namespace backprop::cli {
namespace {

struct CrossValidateFlags {
  TrainFlags train;
  int folds = 5, repeats = 1;
  int tune = 0;  // settings tried in each fold; 0: none
  std::string group, time;

  // Columns that are not learned from.
  std::vector<std::string> apart() const {
    std::vector<std::string> names;
    for (const std::string& name : {group, time}) {
      if (!name.empty()) names.push_back(name);
    }
    return names;
  }
  void check() const {
    train.check();
    if (folds < 2 || folds > 1000) throw UsageError("--folds: a whole number from 2 to 1000 is needed");
    if (repeats < 1 || repeats > 1000) throw UsageError("--repeats: a whole number from 1 to 1000 is needed");
    if (tune < 0 || tune > 1'000'000) throw UsageError("--tune: a whole number of 0 or more is needed");
    if (!group.empty() && !time.empty()) throw UsageError("--group and --time: only one of them can be followed");
    if (!time.empty() && repeats > 1) throw UsageError("--repeats: time has one order only");
  }
};

// The folds of one repeat.
std::vector<data::Fold> make_folds(const CrossValidateFlags& flags, const LearningTable& learning,
                                   std::uint64_t repeat) {
  const auto count = static_cast<std::size_t>(flags.folds);
  const auto seed = static_cast<std::uint64_t>(flags.train.seed);
  const data::Table& table = learning.table;
  const std::vector<std::uint32_t>& rows = learning.target.rows;
  if (!flags.time.empty()) {
    const std::vector<double> all = table.numbers(data::find_column(table, flags.time, "--time"));
    std::vector<double> times;
    for (const std::uint32_t row : rows) times.push_back(all[row]);
    return with_rows(data::folds_by_time(times, count), rows);
  }
  if (!flags.group.empty()) {
    const std::vector<std::int64_t> all = group_numbers(table, flags.group);
    std::vector<std::int64_t> groups;
    for (const std::uint32_t row : rows) groups.push_back(all[row]);
    return with_rows(data::folds_of(data::deal_groups(groups, count, seed, repeat)), rows);
  }
  return deal_folds(learning, rows, count, seed, repeat);
}

// The flags, with the best setting that a search on these rows alone finds.
TrainFlags tuned(const CrossValidateFlags& flags, const LearningTable& learning, std::span<const std::uint32_t> rows,
                 const std::shared_ptr<Device>& device, const Interrupt& interrupt) {
  if (flags.tune == 0) return flags.train;
  const std::vector<Space> spaces = default_spaces(flags.train, learning, rows);
  const SearchPlan plan{flags.train, spaces, learning, rows, device, interrupt};
  SuccessiveHalving halving = make_halving(flags.train, flags.tune, false);
  search(plan, halving);
  const std::optional<Trial> best = halving.best();
  return best ? with_setting(flags.train, setting_of(plan, halving, best->number)) : flags.train;
}

std::string describe_folds(const CrossValidateFlags& flags, const LearningTable& learning) {
  const std::string how = !flags.time.empty()    ? "in order of '" + flags.time + "', each after those it learns from"
                          : !flags.group.empty() ? "with whole groups of '" + flags.group + "'"
                          : learning.target.task == Task::classification ? "stratified by class"
                                                                         : "drawn by seed";
  return std::to_string(flags.folds) + " folds " + how +
         (flags.tune > 0 ? ", " + std::to_string(flags.tune) + " settings tried in each" : "") +
         (flags.repeats > 1 ? ", dealt " + std::to_string(flags.repeats) + " times" : "");
}

int cross_validate(const CrossValidateFlags& flags) {
  flags.check();
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  const LearningTable learning = read_learning_table(flags.train, flags.apart());
  std::vector<std::vector<data::Fold>> repeats;
  for (int r = 0; r < flags.repeats; ++r) {
    repeats.push_back(make_folds(flags, learning, static_cast<std::uint64_t>(r)));
  }

  Console console(flags.train.quiet);
  console.say(describe_target(learning));
  console.say(describe_folds(flags, learning));
  const Interrupt interrupt;
  const auto device = std::make_shared<Device>(DeviceOptions{.threads = flags.train.threads.value_or(0)});
  FoldResults results(learning.info);
  for (int r = 0; r < flags.repeats; ++r) {
    const std::vector<data::Fold>& folds = repeats[static_cast<std::size_t>(r)];
    for (std::size_t k = 0; k < folds.size(); ++k) {
      const TrainFlags best = tuned(flags, learning, folds[k].train, device, interrupt);
      const Learned learned = learn(best, learning, folds[k].train, device, interrupt);
      if (learned.report.stopped) {
        console.say("interrupted after " + std::to_string(results.size()) + " folds");
        return Exit::interrupted;
      }
      results.add(r, static_cast<int>(k), learned.measure(learning, folds[k].test), folds[k].train.size());
      console.progress("fold " + std::to_string(k + 1) + " of " + std::to_string(folds.size()) + ", repeat " +
                       std::to_string(r + 1) + " of " + std::to_string(flags.repeats) + ", " + results.headline());
    }
  }
  console.end_progress();
  if (flags.train.json) {
    nlohmann::ordered_json json = results.to_json();
    json["seconds"] = seconds();
    std::cout << json.dump() << "\n";
  } else {
    std::cout << results.to_text();
  }
  return Exit::fine;
}

}  // namespace

Command add_cross_validate(CLI::App& program) {
  const auto flags = std::make_shared<CrossValidateFlags>();
  CLI::App* app = add_subcommand(program, "cross-validate", "Estimate how good a model of a table will be on new rows.",
                                 "  backprop cross-validate data.csv --target species\n"
                                 "  backprop cross-validate data.csv --target price --folds 10 --repeats 5 --json\n"
                                 "  backprop cross-validate visits.csv --target ill --group patient\n"
                                 "  backprop cross-validate sales.csv --target sold --time day");
  flags->train.table.add_to(*app, "The table to learn from, a CSV file");
  flags->train.add_learning_to(*app);
  app->add_option("--folds", flags->folds, "Parts of the rows, each held back once")
      ->type_name("N")
      ->capture_default_str();
  app->add_option("--repeats", flags->repeats, "Times that the rows are dealt anew")
      ->type_name("N")
      ->capture_default_str();
  app->add_option("--group", flags->group, "Rows with the same value here stand in one fold; not learned from")
      ->type_name("COLUMN");
  app->add_option("--time", flags->time,
                  "Each fold is later in this column than what is learned from; not learned from")
      ->type_name("COLUMN");
  app->add_option("--tune", flags->tune, "Search so many settings anew in each fold, on the rows that it learns from")
      ->type_name("N");
  app->add_flag("--json", flags->train.json, "Print the result as one JSON object");
  app->add_flag("--quiet", flags->train.quiet, "No messages and no progress");
  return {app, [flags] { return cross_validate(*flags); }};
}

}  // namespace backprop::cli
