// `backprop resume`: goes on with a run after an interruption, as if there had been none.
#include <CLI/CLI.hpp>
#include <optional>

#include "backprop/error.hpp"
#include "cli/command.hpp"
#include "cli/config_file.hpp"
#include "cli/console.hpp"
#include "cli/data_identity.hpp"
#include "cli/duration.hpp"
#include "cli/run_state.hpp"
#include "cli/training_run.hpp"
#include "train/checkpoint.hpp"

namespace backprop::cli {
namespace {

struct ResumeFlags {
  std::string run;
  std::optional<std::string> max_time;
  std::optional<int> threads;
  bool json = false;
  bool quiet = false;
};

int resume(const ResumeFlags& own) {
  require(own.run, "a RUN is needed: the folder that 'backprop train' made");
  const RunFolder folder(own.run);
  nlohmann::ordered_json state = read_state(folder.path());
  Console console(own.quiet);

  CLI::App app("", "train");
  TrainFlags flags;
  flags.add_to(app);
  apply_config(app, folder.file(config_name));
  flags.threads = own.threads;
  flags.json = own.json;
  flags.quiet = own.quiet;
  if (state["status"] == status::finished) {
    console.say(folder.path() + ": the run is finished");
    print_result(own.json, own.quiet, flags.table.path, state);
    return Exit::fine;
  }
  flags.check();
  check_same(state["data"], identify(flags, nullptr), folder.path());  // files, before they are read
  const TrainingData data = read_training_data(flags);
  check_same(state["data"], identify(flags, &data), folder.path());

  if (own.max_time) {
    const std::string checkpoint = folder.file(checkpoint_name);
    const double spent = folder.has(checkpoint_name) ? read_progress(checkpoint).seconds : 0;
    state["max_seconds"] = spent + parse_duration("--max-time", *own.max_time);
  } else if (state["status"] == status::out_of_time) {
    state["max_seconds"] = 0;
  }
  if (state["status"] == status::out_of_time) {
    const auto steps = state["max_steps"].get<std::uint64_t>();
    folder.write(config_name,
                 resolved_config(app, flags, data, {{"max-steps", steps > 0 ? std::to_string(steps) : ""}}));
  }
  console.say("resuming " + folder.path());
  return run_training(app, flags, data, folder, state);
}

}  // namespace

Command add_resume(CLI::App& program) {
  const auto flags = std::make_shared<ResumeFlags>();
  CLI::App* app =
      add_subcommand(program, "resume", "Go on with a run that was interrupted; the model is the same, byte for byte.",
                     "  backprop resume runs/data-001\n"
                     "  backprop resume runs/data-001 --max-time 10m");
  app->add_option("RUN", flags->run, "The run's folder");
  app->add_option("--max-time", flags->max_time, "Stop, and save, after this time: 90s, 10m, 1h30m")->type_name("TIME");
  app->add_option("--threads", flags->threads,
                  "Threads; results are the same with any number (all cores when not given)")
      ->type_name("N");
  app->add_flag("--json", flags->json, "Print the result as one JSON object");
  app->add_flag("--quiet", flags->quiet, "No messages and no progress");
  return {app, [flags] { return resume(*flags); }};
}

}  // namespace backprop::cli
