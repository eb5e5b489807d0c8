// `backprop train`: from a table to a model.
#include <chrono>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

#include "backprop/error.hpp"
#include "backprop/fit.hpp"
#include "backprop/version.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/interrupt.hpp"
#include "cli/labelled_rows.hpp"
#include "cli/measures_text.hpp"
#include "cli/run_folder.hpp"
#include "cli/train_options.hpp"
#include "data/closest_name.hpp"
#include "data/split.hpp"
#include "data/standardise.hpp"
#include "data/target.hpp"

namespace backprop::cli {
namespace {

std::string progress_line(const Epoch& epoch, double seconds) {
  char text[160];
  const bool validated = epoch.validation_loss == epoch.validation_loss;
  std::snprintf(text, sizeof text, "epoch %d of at most %d, loss %.4g%s%s, best %.4g in epoch %d, %.1f s", epoch.number,
                epoch.of, epoch.loss, validated ? ", validation " : "",
                validated ? to_text(epoch.validation_loss).c_str() : "", epoch.best_loss, epoch.best, seconds);
  return text;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

int train(const TrainFlags& flags) {
  flags.check();
  require(flags.table.path, "a TABLE is needed: backprop train TABLE.csv --target COLUMN");
  const std::string started = utc_now();
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  const auto seed = static_cast<std::uint64_t>(flags.seed);
  Console console(flags.quiet);

  const data::Table table = flags.table.read();
  if (flags.target.empty()) {
    throw UsageError("--target is needed: a column's name, its number from 1, or last; the columns are " +
                     data::list_names(table.column_names()));
  }
  const data::Target target =
      data::read_target(table, data::find_column(table, flags.target, "--target"), flags.wanted_task());
  const bool classification = target.task == Task::classification;
  ModelInfo info{
      .task = target.task, .features = {}, .target = table.column_names()[target.column], .classes = target.classes};
  const data::SplitFractions fractions = flags.fractions(table.rows());
  const data::Split split = classification ? data::split_classes(target.labels, fractions, seed)
                                           : data::split_rows(table.rows(), fractions, seed);
  std::vector<std::string> warnings;
  info.features = data::choose_features(table, target.column, split.train, warnings);
  const data::Matrix inputs = data::read_features(table, info.features);
  const LabelledRows train = select_rows(inputs, target, split.train),
                     validation = select_rows(inputs, target, split.validation);
  const LabelledRows test = flags.test_data.empty() ? select_rows(inputs, target, split.test)
                                                    : read_labelled(flags.table.read_from(flags.test_data), info);

  const Effort effort = flags.effort(train.inputs.rows);
  FitOptions options{.optimiser = flags.optimiser(),
                     .epochs = effort.epochs,
                     .batch_size = effort.batch_size,
                     .seed = seed,
                     .info = info};
  const std::size_t outputs = classification ? info.classes.size() : 1;
  const RunFolder folder(flags.run_dir, flags.table.path, flags.overwrite);

  // All that could be wrong with the input has been found by now: an error above stands alone.
  console.say("target '" + info.target + "': " + std::string(to_string(info.task)) +
              (classification ? " into " + std::to_string(info.classes.size()) + " classes" : "") + ", because " +
              target.reason + " (--task overrides)");
  for (const std::string& warning : warnings) console.warn(warning);
  if (!table.cells().has_header() && !flags.table.no_header) {
    console.say("no header line: the columns are called column_1 to column_" + std::to_string(table.columns()));
  }
  std::string shape = std::to_string(info.features.size());
  for (const std::int64_t units : flags.hidden_units()) shape += "-" + std::to_string(units);
  console.say("network " + shape + "-" + std::to_string(outputs) + ", " + flags.activation + ", " + flags.optimizer +
              " " + to_text(options.optimiser.learning_rate) + ", batches of " + std::to_string(effort.batch_size) +
              "; rows: " + std::to_string(train.inputs.rows) + " to train, " + std::to_string(validation.inputs.rows) +
              " to decide when to stop, " + std::to_string(test.inputs.rows) + " to test");

  FitReport report;
  const Interrupt interrupt;
  options.device = std::make_shared<Device>(DeviceOptions{.threads = flags.threads.value_or(0)});
  options.stop = interrupt.token();
  options.on_epoch = [&](const Epoch& epoch) { console.progress(progress_line(epoch, seconds())); };
  const Model model =
      fit(flags.network(static_cast<std::int64_t>(outputs)), train.examples(), validation.examples(), options, &report);
  console.end_progress();
  const std::string path = folder.file("model.onnx");
  model.save(path);

  nlohmann::ordered_json json = {{"task", to_string(info.task)}, {"rows", table.rows()}};
  std::string summary;
  for (const auto& [name, part] : {std::pair("train", &train), {"validation", &validation}, {"test", &test}}) {
    const Measures measures = measure(model, *part);
    json[name] = to_json(measures, info.task);
    if (measures.rows > 0)
      summary +=
          (name + std::string(":")).append(12 - std::string(name).size(), ' ') + to_text(measures, info.task) + "\n";
  }
  json["epochs"] = report.epochs;
  json["best_epoch"] = report.best;
  json["interrupted"] = report.stopped;
  json["seconds"] = seconds();
  json["threads"] = report.threads;
  json["model"] = path;
  nlohmann::ordered_json run = json;
  run["started"] = started;
  run["version"] = version();
  run["warnings"] = warnings;
  folder.write("run.json", run.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  folder.write("config.toml", flags.to_toml(effort, fractions));

  if (flags.json) {
    std::cout << json.dump() << "\n";
  } else if (!flags.quiet) {
    std::cout << summary << "model: " << path << " (" << report.epochs << " epochs, the best was " << report.best
              << "); use it: backprop predict " << path << " " << flags.table.path << "\n";
  }
  if (report.stopped) console.say("interrupted: the model holds the best weights so far");
  return report.stopped ? Exit::interrupted : Exit::fine;
}

}  // namespace

Command add_train(CLI::App& program) {
  const auto flags = std::make_shared<TrainFlags>();
  CLI::App* app = add_subcommand(program, "train", "Train a network on a table.",
                                 "  backprop train data.csv --target species\n"
                                 "  backprop train data.csv --target last --no-header --hidden 32,32 --epochs 50\n"
                                 "  backprop train data.csv --target price --test-data new.csv --json > result.json");
  flags->add_to(*app);
  return {app, [flags] { return train(*flags); }};
}

}  // namespace backprop::cli
