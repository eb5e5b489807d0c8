// `backprop train`: from a table to a model.
#include <CLI/CLI.hpp>
#include <iostream>
#include <optional>

#include "cli/choices.hpp"
#include "cli/command.hpp"
#include "cli/config_file.hpp"
#include "cli/console.hpp"
#include "cli/data_identity.hpp"
#include "cli/training_run.hpp"

namespace backprop::cli {
namespace {

int train(CLI::App& app, TrainFlags& flags) {
  if (!flags.config.empty()) apply_config(app, flags.config);
  flags.check();
  const TrainingData data = read_training_data(flags);
  std::optional<RunFolder> folder;  // refused before anything takes time
  if (!flags.print_config) folder.emplace(flags.run_dir, data::short_name(flags.table.source()), flags.overwrite);
  if (flags.print_config) {
    const auto device = std::make_shared<Device>(DeviceOptions{.threads = flags.threads.value_or(0)});
    make_choices(flags, data, data.preprocessing, data.train, data.validation, {.device = device});
    std::cout << resolved_config(app, flags, data);
    return Exit::fine;
  }

  // All that could be wrong with the input has been found by now: an error above stands alone on its line.
  Console console(flags.quiet);
  for (const std::string& note : data.notes) console.say(note);
  for (const std::string& warning : data.warnings) console.warn(warning);
  return run_training(app, flags, data, *folder, begin_run(*folder, app, flags, identify(flags, &data)));
}

}  // namespace

Command add_train(CLI::App& program) {
  const auto flags = std::make_shared<TrainFlags>();
  CLI::App* app = add_subcommand(program, "train", "Train a network on a table.",
                                 "  backprop train data.csv --target species\n"
                                 "  backprop train data.csv --target last --no-header --hidden 32,32 --epochs 50\n"
                                 "  backprop train data.csv --target price --test-data new.csv --json > result.json\n"
                                 "  backprop train --config runs/data-001/config.toml    # the same run again");
  flags->add_to(*app);
  return {app, [app, flags] { return train(*app, *flags); }};
}

}  // namespace backprop::cli
