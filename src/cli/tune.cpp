// `backprop tune`: a search for the settings of train that suit a table best.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "backprop/error.hpp"
#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/console.hpp"
#include "cli/duration.hpp"
#include "cli/interrupt.hpp"
#include "cli/run_folder.hpp"
#include "cli/search.hpp"
#include "cli/trial_log.hpp"

namespace backprop::cli {
namespace {

using Json = nlohmann::ordered_json;

struct TuneFlags {
  TrainFlags train;
  int trials = 40;
  double max_seconds = 0;  // 0: no limit
  std::string max_time;
  std::vector<std::string> search;

  void check() {
    train.check();
    if (trials < 1 || trials > 1'000'000) throw UsageError("--trials: a whole number from 1 to 1000000 is needed");
    if (!max_time.empty()) max_seconds = parse_duration("--max-time", max_time);
  }
  std::vector<Space> spaces(const LearningTable& learning) const {
    if (search.empty()) return default_spaces(train, learning, learning.target.rows);
    return {own_space()};
  }
  Space own_space() const {
    Space space;
    for (const std::string& text : search) space.push_back(parse_dimension(text));
    return space;
  }
};

std::string to_text(const Setting& setting) {
  if (setting.empty()) return "the default";
  std::string text;
  for (const auto& [name, value] : setting) text += (text.empty() ? "" : " ") + name + "=" + value;
  return text;
}

// "backprop train data.csv --target y --hidden 128,128": what was asked for, with the best setting.
std::string best_command(const CLI::App& app, const Setting& setting) {
  std::string text = shell_word(program_invocation_name) + " train";
  for (const std::string& word : given_words(app, {"trials", "max-time", "search", "run-dir", "json", "quiet"})) {
    text += " " + shell_word(word);
  }
  for (const auto& [name, value] : setting) text += " --" + name + " " + shell_word(value);
  return text;
}

int tune(TuneFlags flags, const CLI::App& app) {
  flags.check();
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  flags.own_space();  // what is no search is refused before the table is read
  const LearningTable learning = read_learning_table(flags.train);
  const std::vector<std::uint32_t>& rows = learning.target.rows;
  const Interrupt interrupt;
  const auto device = std::make_shared<Device>(DeviceOptions{.threads = flags.train.threads.value_or(0)});
  const std::vector<Space> spaces = flags.spaces(learning);
  const SearchPlan plan{flags.train, spaces, learning, rows, device, interrupt};
  for (const Dimension& dimension : spaces[0]) {  // a flag or value that train refuses is found now, not an hour later
    for (const std::string& choice : dimension.choices) with_setting(flags.train, {{dimension.name, choice}});
    if (dimension.choices.empty()) with_setting(flags.train, {draw_setting({dimension}, 0, 1)[0]});
  }

  SuccessiveHalving halving = make_halving(flags.train, flags.trials, !flags.search.empty());
  Json about = {{"words", given_words(app, {"max-time", "run-dir", "json", "quiet", "threads"})},
                {"rows", rows.size()},
                {"columns", learning.table.column_names()}};
  about["space"] = describe_spaces(spaces);
  about["trials"] = flags.trials;
  const RunFolder folder(flags.train.run_dir, flags.train.table.path, true);
  TrialLog log(folder.file("trials.jsonl"), about, halving);

  Console console(flags.train.quiet);
  console.say(describe_target(learning));
  console.say("search over " + describe_spaces(spaces) +
              (halving.first_final() < flags.trials ? "; at last more members with the best" : ""));
  if (halving.recorded() > 0) console.say("going on after " + std::to_string(halving.recorded()) + " results");
  const auto best_line = [&] {
    const std::optional<Trial> best = halving.best();
    return best ? "best: loss " + cli::to_text(halving.score(*best)) + " (" +
                      to_text(setting_of(plan, halving, best->number)) + ")"
                : std::string("no trial has come to an end yet");
  };
  bool out_of_time = false;
  search(plan, halving, [&](Trial trial, double score) {
    log.add(trial, setting_of(plan, halving, trial.number), score);
    console.progress("trial " + std::to_string(trial.number + 1) + " of " + std::to_string(flags.trials) + ", " +
                     best_line());
    out_of_time = flags.max_seconds > 0 && seconds() > flags.max_seconds;
    return !out_of_time;
  });
  console.end_progress();
  if (interrupt.requested()) {
    console.say("interrupted after " + std::to_string(halving.recorded()) +
                " results; the same command with --run-dir " + shell_word(folder.path()) + " goes on");
    return Exit::interrupted;
  }
  const std::optional<Trial> best = halving.best();
  if (!best) throw DivergedError("every trial diverged: search smaller learning rates");
  const Setting setting = setting_of(plan, halving, best->number);
  const Trial first{0, best->rung};
  const double before = halving.has(first) ? halving.score(first) : NAN, after = halving.score(*best);
  const std::string command = best_command(app, setting);
  if (flags.train.json) {
    Json json = {{"trials", flags.trials},
                 {"results", halving.recorded()},
                 {"out_of_time", out_of_time},
                 {"best", {{"trial", best->number}, {"loss", after}, {"setting", Json::object()}}},
                 {"default_loss", std::isfinite(before) ? Json(before) : Json(nullptr)},
                 {"command", command},
                 {"folder", folder.path()},
                 {"seconds", seconds()}};
    for (const auto& [name, value] : setting) json["best"]["setting"][name] = value;
    std::cout << json.dump() << "\n";
    return Exit::fine;
  }
  console.say("loss by cross-validation: " + cli::to_text(after) + ", with the defaults " + cli::to_text(before) +
              "; every result stands in " + folder.file("trials.jsonl"));
  std::cout << command << "\n";
  return Exit::fine;
}

}  // namespace

Command add_tune(CLI::App& program) {
  const auto flags = std::make_shared<TuneFlags>();
  CLI::App* app = add_subcommand(program, "tune", "Search for the settings of train that suit a table best.",
                                 "  backprop tune data.csv --target species\n"
                                 "  backprop tune data.csv --target price --trials 100 --max-time 10m\n"
                                 "  backprop tune data.csv --target price --search learning-rate=0.001..0.03 "
                                 "--search 'hidden=32|64,64'");
  flags->train.table.add_to(*app, "The table to learn from, a CSV file");
  flags->train.add_learning_to(*app);
  app->add_option("--trials", flags->trials, "Settings that are tried, the first of them the default")
      ->type_name("N")
      ->capture_default_str();
  app->add_option("--max-time", flags->max_time, "Stop after so long: 90s, 10m, 2h")->type_name("TIME");
  app->add_option("--search", flags->search,
                  "A flag of train and its values: NAME=A|B|C or NAME=LOW..HIGH; once for each flag (else " +
                      describe_spaces(std::vector<Space>{default_space()}) + ", of few rows Levenberg-Marquardt too)")
      ->type_name("NAME=VALUES")
      ->allow_extra_args(false);
  app->add_option("--run-dir", flags->train.run_dir,
                  "Folder of the results; one that holds this search is gone on with (runs/NAME-001 if not given)")
      ->type_name("DIR");
  app->add_flag("--json", flags->train.json, "Print the result as one JSON object");
  app->add_flag("--quiet", flags->train.quiet, "No messages and no progress");
  return {app, [flags, app] { return tune(*flags, *app); }};
}

}  // namespace backprop::cli
