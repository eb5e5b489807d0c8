#include "cli/training_run.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <iostream>

#include "backprop/error.hpp"
#include "backprop/version.hpp"
#include "cli/choices.hpp"
#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/config_file.hpp"
#include "cli/console.hpp"
#include "cli/disk_reads.hpp"
#include "cli/duration.hpp"
#include "cli/interrupt.hpp"
#include "cli/measures_text.hpp"
#include "cli/memory_plan.hpp"
#include "cli/memory_size.hpp"
#include "cli/run_log.hpp"
#include "cli/run_report.hpp"
#include "cli/train_network.hpp"
#include "cli/training_progress.hpp"
#include "train/checkpoint.hpp"
#include "train/table_model.hpp"

namespace backprop::cli {
namespace {

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

// "network 4-64-64-3, tanh, adam 0.01, batches of 64; rows: ..."
std::string describe_training(const TrainFlags& flags, const TrainingData& data, const FitOptions& options) {
  std::string layers = std::to_string(data.preprocessing.features());
  for (const std::int64_t units : flags.hidden_units()) layers += "-" + std::to_string(units);
  const auto rows = [](const LabelledRows& part) { return std::to_string(part.inputs.rows); };
  const std::string steps =
      " " + to_text(options.optimiser.learning_rate) + ", batches of " + std::to_string(options.batch_size);
  return "network " + layers + "-" + std::to_string(data.outputs()) + ", " + flags.activation_name(data.info.task) +
         ", " + flags.optimizer + (flags.least_squares() ? "" : steps) +
         (options.members > 1 ? ", " + std::to_string(options.members) + " members" : "") +
         "; rows: " + rows(data.train) + " to train, " +
         (options.members > 1 && data.validation.inputs.rows == 0 ? "of which each member leaves out a part"
                                                                  : rows(data.validation)) +
         " to decide when to stop, " + rows(data.test) + " to test";
}

// What --json prints, and a line of text for each part that has rows.
struct Result {
  nlohmann::ordered_json json;
  std::string text;
};

Result measure_all(const Model& model, const TrainingData& data, const FitReport& report) {
  Result result{{{"task", to_string(data.info.task)}, {"rows", data.table.rows()}}, ""};
  const auto add = [&](const std::string& name, const Measured& measured) {
    result.json[name] = to_json(measured, data.info);
    if (std::holds_alternative<std::monostate>(measured)) return;
    result.text += (name + ":            ").substr(0, 13) + to_text(measured) + "\n";
  };
  add("train", measure(model, data.train));
  add("validation",
      report.held_back.empty() ? measure(model, data.validation) : measure(report.held_back, data.train.answers));
  add("test", measure(model, data.test));
  return result;
}

// The file is loaded back, as anybody would, and predicts the training rows: the largest difference from the network in
// memory, relative to the largest prediction.
double compare_file(const std::string& path, const Model& network, const TrainingData& data) {
  const std::size_t rows = std::min<std::size_t>(data.train.inputs.rows, 10'000), most = 1000;
  double difference = 0, largest = 1;
  try {
    const TablePredictor file(Model::load(path));
    for (std::size_t first = 0; first < rows; first += most) {
      const std::size_t count = std::min(most, rows - first);
      const std::vector<float> ours = network.predict(data.train.block(first, count));
      const std::vector<float> read =
          file.predict(data.table, std::span(data.train.answers.rows).subspan(first, count));
      for (std::size_t i = 0; i < ours.size(); ++i) {
        difference = std::max(difference, std::abs(static_cast<double>(ours[i]) - static_cast<double>(read[i])));
        largest = std::max(largest, std::abs(static_cast<double>(ours[i])));
      }
    }
  } catch (const DataError& error) {
    throw Error(error.what());  // what the run itself wrote is nobody's bad data
  }
  return difference / largest;
}

// Limits are those in run.json: config.toml may hold the step at which time ended the run.
FitOptions fit_options(const TrainFlags& flags, const TrainingData& data, const RunFolder& folder,
                       const nlohmann::ordered_json& state) {
  FitOptions options = flags.fit_options(data.info.task, data.train.inputs.rows);
  options.info = data.info;
  options.max_steps = state["max_steps"].get<std::uint64_t>();
  options.max_seconds = state["max_seconds"].get<double>();
  options.checkpoint = {.path = folder.file(checkpoint_name),
                        .seconds = parse_duration("--checkpoint-every", flags.checkpoint_every),
                        .resume = true};
  options.gradient_norms = epochs_with_gradient_norms;
  if (flags.on_disk()) options.memory = example_memory(flags, data, data.train.inputs.columns);
  return options;
}

void write_state(const RunFolder& folder, const nlohmann::ordered_json& state) {
  folder.write(result_name, state.dump(2) + "\n");
}

// "'backprop resume RUN' goes on"
std::string how_to_resume(const RunFolder& folder) {
  return "'" + std::string(program_invocation_name) + " resume " + shell_word(folder.path()) + "' goes on";
}

}  // namespace

std::string resolved_config(const CLI::App& app, const TrainFlags& flags, const TrainingData& data,
                            const std::map<std::string, std::string>& instead) {
  std::map<std::string, std::string> values = instead;
  values.merge(flags.resolved(data.info.task, flags.effort(data.train.inputs.rows), data.fractions));
  return write_config(app, values);
}

nlohmann::ordered_json begin_run(const RunFolder& folder, const CLI::App& app, const TrainFlags& flags,
                                 const nlohmann::ordered_json& data_identity) {
  nlohmann::ordered_json state = {{"status", status::running},
                                  {"started", utc_now()},
                                  {"version", version()},
                                  {"data", data_identity},
                                  {"max_steps", flags.max_steps.value_or(0)},
                                  {"max_seconds", flags.max_time ? parse_duration("--max-time", *flags.max_time) : 0}};
  write_state(folder, state);  // with them both, there is a run to resume
  folder.write(config_name, write_config(app, flags.places()));
  return state;
}

int run_training(const CLI::App& app, TrainFlags flags, const TrainingData& data, const RunFolder& folder,
                 nlohmann::ordered_json state) {
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  Console console(flags.quiet);
  const Interrupt interrupt;
  const auto stop = [&interrupt] { return interrupt.requested(); };
  const auto device = std::make_shared<Device>(DeviceOptions{.threads = flags.threads.value_or(0)});
  std::optional<Trained> trained;
  if (!folder.has(checkpoint_name)) {
    FitOptions how{.device = device, .stop = stop, .checkpoint = {.path = folder.file(checkpoint_name)}};
    TrainingProgress trying(console, "trying networks: ");
    how.on_epoch = [&](const Epoch& epoch) { trying.observe(epoch); };
    if (console.animated()) how.on_step = [&](int epoch, int of, double done) { trying.show(epoch, of, done); };
    Choices choices = make_choices(flags, data, data.preprocessing, data.train, data.validation, how);
    console.end_progress();
    if (stop()) {
      state["status"] = status::interrupted;
      write_state(folder, state);
      console.say("interrupted before the first step; " + how_to_resume(folder));
      return Exit::interrupted;
    }
    for (const std::string& sentence : choices.sentences) console.say(sentence);
    if (!choices.rate_trials.empty()) {
      state["rate_trials"] = nlohmann::ordered_json::array();
      for (const RateTrial& trial : choices.rate_trials) state["rate_trials"].push_back({trial.rate, trial.loss});
      write_state(folder, state);
    }
    folder.write(config_name, resolved_config(app, flags, data));
    trained = std::move(choices.trained);
  }
  FitOptions options = fit_options(flags, data, folder, state);
  const std::string description = describe_training(flags, data, options);
  console.say(description);
  const Progress before = folder.has(checkpoint_name) ? read_progress(options.checkpoint.path) : Progress();
  RunLog log(folder, before.epochs);
  state["status"] = status::running;
  write_state(folder, state);

  TrainingProgress progress(console);
  options.device = device;
  options.stop = stop;
  options.checkpoint.on_save = [&] { log.sync(); };
  options.on_epoch = [&](const Epoch& epoch) {
    log.add(epoch, before.seconds + seconds());
    progress.observe(epoch);
  };
  if (console.animated()) {
    options.on_step = [&](int epoch, int of, double done) { progress.show(epoch, of, done); };
  }
  const std::optional<std::uint64_t> read_before = bytes_read_from_disk();
  try {
    if (trained) {
      for (const auto& [epoch, at] : trained->epochs) log.add(epoch, at);
      if (!trained->epochs.empty()) progress.observe(trained->epochs.back().first);
      log.sync();
      if (std::filesystem::exists(trained->checkpoint)) {
        std::filesystem::rename(trained->checkpoint, options.checkpoint.path);
      }
    } else {
      FitReport report;
      Model model = train_network(flags, data, data.preprocessing, data.train, data.validation, options, &report);
      trained = Trained{std::move(model), std::move(report), {}, {}};
    }
  } catch (const DivergedError& error) {
    console.end_progress();
    state["status"] = status::diverged;
    state["error"] = error.what();
    if (const auto* step = dynamic_cast<const DivergedStep*>(&error)) {
      for (const std::uint32_t row : step->rows()) state["rows"].push_back(row + 1);
    }
    write_state(folder, state);
    throw;
  }
  console.end_progress();
  const FitReport& report = trained->report;
  std::optional<std::uint64_t> read_an_epoch;
  if (const auto read = bytes_read_from_disk();
      flags.on_disk() && read && read_before && report.epochs > before.epochs) {
    read_an_epoch = (*read - *read_before) / static_cast<std::uint64_t>(report.epochs - before.epochs);
    console.say(megabytes(*read_an_epoch) + "B read from disk an epoch");
  }
  const Model& network = trained->model;
  const std::string path = folder.file(model_name);
  with_preprocessing(data.preprocessing, network).save(path);

  auto [json, text] = measure_all(network, data, report);
  json["epochs"] = report.epochs;
  json["best_epoch"] = report.best;
  json["steps"] = report.steps;
  json["interrupted"] = report.stopped;
  json["seconds"] = before.seconds + seconds();
  json["threads"] = device->threads();
  if (read_an_epoch) json["bytes_read_an_epoch"] = *read_an_epoch;
  if (report.step.steps > 0) {
    json["step"] = {
        {"rows", std::min<std::size_t>(data.train.inputs.rows, static_cast<std::size_t>(options.batch_size))},
        {"flops", report.step.flops},
        {"arena_bytes", report.step.arena_bytes}};
  }
  json["model"] = path;
  json["largest_difference"] = compare_file(path, network, data);
  json["report"] = folder.file(report_name);
  state["status"] = report.stopped ? status::interrupted : report.timed_out ? status::out_of_time : status::finished;
  state["warnings"] = data.warnings;
  state["summary"] = text;
  state["result"] = json;
  if (report.timed_out) {
    const std::string step = std::to_string(report.steps) + "  # where --max-time ended the run";
    folder.write(config_name, resolved_config(app, flags, data, {{"max-steps", step}, {"max-time", ""}}));
  }
  write_report_data(folder, flags, data, network, report, description, *device);
  try {
    write_report(folder, state);
  } catch (const DataError& error) {  // of files that this run wrote
    throw Error(error.what());
  }
  write_state(folder, state);

  if (report.stopped || report.timed_out) {
    console.say((report.stopped ? std::string("interrupted") : "--max-time is over") + " at step " +
                std::to_string(report.steps) + ": the model holds the best weights so far; " + how_to_resume(folder));
  }
  print_result(flags.json, flags.quiet, flags.table.path, state);
  return report.stopped ? Exit::interrupted : Exit::fine;
}

void print_result(bool as_json, bool quiet, const std::string& table, const nlohmann::ordered_json& state) {
  const nlohmann::ordered_json& result = state["result"];
  if (as_json) {
    std::cout << result.dump() << "\n";
  } else if (!quiet) {
    const auto path = result["model"].get<std::string>();
    std::cout << state["summary"].get<std::string>();
    if (result.contains("report")) std::cout << "report:      " << result["report"].get<std::string>() << "\n";
    std::cout << "model: " << path << " (" << result["epochs"] << " epochs, the best was " << result["best_epoch"]
              << "); use it: " << shell_word(program_invocation_name) << " predict " << shell_word(path) << " "
              << shell_word(table) << "\n";
  }
}

}  // namespace backprop::cli
