// `backprop train`: from a table to a model.
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "backprop/fit.hpp"
#include "backprop/version.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/interrupt.hpp"
#include "cli/measures_text.hpp"
#include "cli/run_folder.hpp"
#include "cli/training_data.hpp"
#include "train/table_model.hpp"

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

// Quoted when a shell would cut it into several words or change it.
std::string shell_word(const std::string& text) {
  const auto plain = [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_-./+:,=@%").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

// "network 4-64-64-3, tanh, adam 0.003, batches of 32; rows: ..."
std::string describe(const TrainFlags& flags, const TrainingData& data, const FitOptions& options) {
  std::string layers = std::to_string(data.preprocessing.features());
  for (const std::int64_t units : flags.hidden_units()) layers += "-" + std::to_string(units);
  const auto rows = [](const LabelledRows& part) { return std::to_string(part.inputs.rows); };
  return "network " + layers + "-" + std::to_string(data.outputs()) + ", " + flags.activation + ", " + flags.optimizer +
         " " + to_text(options.optimiser.learning_rate) + ", batches of " + std::to_string(options.batch_size) +
         "; rows: " + rows(data.train) + " to train, " + rows(data.validation) + " to decide when to stop, " +
         rows(data.test) + " to test";
}

// What --json prints, and a line of text for each part that has rows.
struct Result {
  nlohmann::ordered_json json;
  std::string text;
};

Result measure_all(const Model& model, const TrainingData& data) {
  Result result{{{"task", to_string(data.info.task)}, {"rows", data.table.rows()}}, ""};
  const auto add = [&](const std::string& name, const LabelledRows& part) {
    const Measures measures = measure(model, part);
    result.json[name] = to_json(measures, data.info.task);
    if (measures.rows == 0) return;
    result.text += (name + ":            ").substr(0, 13) + to_text(measures, data.info.task) + "\n";
  };
  add("train", data.train);
  add("validation", data.validation);
  add("test", data.test);
  return result;
}

// The file is loaded back, as anybody would, and predicts the training rows: the largest difference from the network in
// memory, relative to the largest prediction.
double compare_file(const std::string& path, const Model& network, const TrainingData& data) {
  const std::size_t rows = std::min<std::size_t>(data.train.inputs.rows, 10'000);
  const auto inputs = std::span(data.train.inputs.values).first(rows * data.train.inputs.columns);
  const std::vector<float> ours = network.predict(inputs);
  const std::vector<float> read =
      TablePredictor(Model::load(path)).predict(data.table, std::span(data.train.answers.rows).first(rows));
  double difference = 0, largest = 1;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    difference = std::max(difference, std::abs(static_cast<double>(ours[i]) - static_cast<double>(read[i])));
    largest = std::max(largest, std::abs(static_cast<double>(ours[i])));
  }
  return difference / largest;
}

// run.json holds what may differ between two runs of one configuration: the model file holds nothing of it.
void write_run(const RunFolder& folder, nlohmann::ordered_json run, const std::string& started,
               const std::vector<std::string>& warnings) {
  run["started"] = started;
  run["version"] = version();
  run["warnings"] = warnings;
  folder.write("run.json", run.dump(2) + "\n");
}

int train(const TrainFlags& flags) {
  flags.check();
  const std::string started = utc_now();
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  const TrainingData data = read_training_data(flags);
  const Effort effort = flags.effort(data.train.inputs.rows);
  FitOptions options{.optimiser = flags.optimiser(),
                     .epochs = effort.epochs,
                     .batch_size = effort.batch_size,
                     .standardise = false,  // the features are
                     .seed = static_cast<std::uint64_t>(flags.seed),
                     .info = data.info};
  const RunFolder folder(flags.run_dir, flags.table.path, flags.overwrite);

  // All that could be wrong with the input has been found by now: an error above stands alone on its line.
  Console console(flags.quiet);
  for (const std::string& note : data.notes) console.say(note);
  for (const std::string& warning : data.warnings) console.warn(warning);
  console.say(describe(flags, data, options));

  FitReport report;
  const Interrupt interrupt;
  options.device = std::make_shared<Device>(DeviceOptions{.threads = flags.threads.value_or(0)});
  options.stop = interrupt.token();
  options.on_epoch = [&](const Epoch& epoch) { console.progress(progress_line(epoch, seconds())); };
  const Model network = fit(flags.network(data.preprocessing, data.outputs()), data.train.examples(),
                            data.validation.examples(), options, &report);
  console.end_progress();
  const std::string path = folder.file("model.onnx");
  with_preprocessing(data.preprocessing, network).save(path);

  auto [json, text] = measure_all(network, data);
  json["epochs"] = report.epochs;
  json["best_epoch"] = report.best;
  json["interrupted"] = report.stopped;
  json["seconds"] = seconds();
  json["threads"] = report.threads;
  json["model"] = path;
  json["largest_difference"] = compare_file(path, network, data);
  write_run(folder, json, started, data.warnings);
  folder.write("config.toml", flags.to_toml(effort, data.fractions));

  if (report.stopped) console.say("interrupted: the model holds the best weights so far");
  if (flags.json) {
    std::cout << json.dump() << "\n";
  } else if (!flags.quiet) {
    std::cout << text << "model: " << path << " (" << report.epochs << " epochs, the best was " << report.best
              << "); use it: " << shell_word(program_invocation_name) << " predict " << shell_word(path) << " "
              << shell_word(flags.table.path) << "\n";
  }
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
