#include "cli/train_options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>

#include "backprop/error.hpp"
#include "cli/config_file.hpp"
#include "cli/duration.hpp"
#include "cli/memory_size.hpp"
#include "data/closest_name.hpp"
#include "data/number.hpp"

namespace backprop::cli {
namespace {

// A fifth of fewer rows than this says nothing: they all train.
constexpr std::size_t some_rows = 25;

std::string join(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

void check_name(const std::string& flag, const std::string& name, std::span<const std::string_view> known) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  const std::vector<std::string> names(known.begin(), known.end());
  throw UsageError(flag + " " + name + ": there is none of that name" + data::did_you_mean(name, names) + ": " +
                   join(known));
}

void check_number(const std::string& flag, bool good, const std::string& needed) {
  if (!good) throw UsageError(flag + ": " + needed + " is needed");
}

}  // namespace

void TrainFlags::add_to(CLI::App& app) {
  table.add_to(app, "The table to learn from, a CSV file");
  add_learning_to(app);
  app.add_option("--test", test, "Fraction of the rows held back to the end (0.2; 0 below 25 rows)")->type_name("X");
  app.add_option("--test-data", test_data, "Test on this table instead of a fraction of the rows")->type_name("FILE");
  app.add_option("--test-labels", test_labels, "The labels of --test-data, as --labels")->type_name("FILE");
  app.add_option("--memory", memory, "Take no more memory than this, such as 512M: what does not fit in it is on disk")
      ->type_name("SIZE");
  app.add_option("--run-dir", run_dir, "Folder of the run (runs/NAME-001, next free number, when not given)")
      ->type_name("DIR");
  app.add_flag("--overwrite", overwrite, "Write over the run that --run-dir holds");
  app.add_option("--max-time", max_time, "Stop, and save, after this time: 90s, 10m, 1h30m")->type_name("TIME");
  app.add_option("--max-steps", max_steps, "Stop, and save, after so many steps")->type_name("N");
  app.add_option("--checkpoint-every", checkpoint_every,
                 "Save the state after this time at the latest, within an epoch too; 0: after every step")
      ->type_name("TIME")
      ->capture_default_str();
  app.add_option("--config", config, "Take flags from this TOML file (a run's config.toml); those given here win")
      ->type_name("FILE");
  app.add_flag("--print-config", print_config, "Print the flags as they are resolved, and do not train");
  app.add_flag("--json", json, "Print the result as one JSON object");
  app.add_flag("--quiet", quiet, "No messages and no progress");
}

void TrainFlags::add_learning_to(CLI::App& app) {
  app.add_option("--target", target, "The column to predict: a name, a number from 1, or last; a,b for several numbers")
      ->type_name("COLUMN");
  app.add_option("--task", task, "classification or regression (found from the target's values when not given)")
      ->type_name("TASK");
  app.add_option("--trim-labels", trim_labels,
                 "Characters that are no part of a class's name at its end: . for '>50K.'")
      ->type_name("CHARACTERS");
  app.add_option("--quantiles", quantiles,
                 "Predict these quantiles of a number, such as 0.05,0.5,0.95, that hold on rows not learned from")
      ->type_name("Q,Q,...");
  columns.add_to(app);
  app.add_option("--hidden", hidden,
                 "Units of each hidden layer, or none (64,64; of few rows the better of two networks)")
      ->type_name("N,N,...");
  app.add_option(
         "--activation", activation,
         "Activation of the hidden layers (relu for classes, tanh for numbers; likewise): " + join(activation_names()))
      ->type_name("NAME");
  app.add_option("--optimizer", optimizer,
                 "Optimiser: " + join(optimiser_names()) +
                     "; or levenberg_marquardt: all rows at once, for one number " +
                     "and few rows (16,16; --epochs are its steps)")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--learning-rate", learning_rate,
                 "Learning rate (0.01 for adam, else the optimiser's usual one); auto: found by a short trial")
      ->type_name("X");
  app.add_option("--weight-decay", weight_decay,
                 "Decoupled decay of the weights (0.3 for classes with adam and its kin, else 0)")
      ->type_name("X");
  app.add_option("--epochs", epochs, "At most so many passes over the training rows (20 to 1500, by their number)")
      ->type_name("N");
  app.add_option("--batch-size", batch_size, "Rows of a step (64 to 1024, by their number)")->type_name("N");
  app.add_option("--members", members,
                 "Networks that the model averages, each leaving out a part of the rows in turn (5; 1 below 25 rows)")
      ->type_name("N");
  app.add_option("--seed", seed, "Seed of the split, the weights and the order of rows")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--validation", validation,
                 "Fraction of the rows that decides when to stop (0: the parts that the members leave out)")
      ->type_name("X");
  app.add_option("--threads", threads, "Threads; results are the same with any number (all cores when not given)")
      ->type_name("N");
}

void TrainFlags::check() const {
  if (!task.empty()) parse_task(task);
  if (!wanted_quantiles().empty() && wanted_task() == Task::classification) {
    throw UsageError("--quantiles and --task classification: only numbers have quantiles");
  }
  columns.check();
  if (memory_bytes() > 0 && finds_rate()) {
    throw UsageError("--learning-rate auto: its trial needs the table in memory: name a rate, or leave out --memory");
  }
  hidden_units();
  if (!activation.empty()) check_name("--activation", activation, activation_names());
  if (!least_squares()) check_name("--optimizer", optimizer, optimiser_names());
  if (least_squares() && (!learning_rate.empty() || weight_decay || batch_size)) {
    throw UsageError(
        "--optimizer levenberg_marquardt: takes all rows and finds its steps and decay by itself: leave out "
        "--learning-rate, --weight-decay and --batch-size");
  }
  if (finds_rate() && (optimizer == "rprop" || optimizer == "adafactor")) {
    throw UsageError("--learning-rate auto: " + optimizer + " finds its steps by itself");
  }
  check_number("--learning-rate", rate().value_or(1) > 0, "a number above 0, or auto,");
  check_number("--weight-decay", weight_decay.value_or(0) >= 0 && std::isfinite(weight_decay.value_or(0)),
               "a number of 0 or more");
  check_number("--epochs", epochs.value_or(1) > 0, "a whole number from 1 to 2147483647");
  check_number("--batch-size", batch_size.value_or(1) > 0, "a whole number from 1 to 2147483647");
  check_number("--members", members.value_or(1) > 0 && members.value_or(1) <= 100, "a whole number from 1 to 100");
  // The largest number also stands for all that are too large.
  check_number("--seed", seed >= 0 && seed < std::numeric_limits<std::int64_t>::max(),
               "a whole number from 0 to 2^63 - 2");
  if (test && !test_data.empty()) throw UsageError("--test and --test-data: only one of them can be followed");
  const data::SplitFractions wanted = fractions(some_rows);
  check_number("--validation", wanted.validation >= 0 && wanted.validation < 1, "a fraction from 0 to below 1");
  check_number("--test", wanted.test >= 0 && wanted.test < 1, "a fraction from 0 to below 1");
  check_number("--validation and --test", wanted.validation + wanted.test < 1, "a sum below 1");
  if (max_time) parse_duration("--max-time", *max_time);
  parse_duration("--checkpoint-every", checkpoint_every);
  check_number("--max-steps", max_steps.value_or(1) > 0, "a whole number above 0");
  check_number("--threads", threads.value_or(1) >= 1 && threads.value_or(1) <= 1024, "a number from 1 to 1024");
}

std::optional<Task> TrainFlags::wanted_task() const {
  return task.empty() ? std::nullopt : std::optional(parse_task(task));
}

std::vector<double> TrainFlags::wanted_quantiles() const {
  std::vector<double> numbers;
  for (std::size_t begin = 0; begin <= quantiles.size() && !quantiles.empty();) {
    const std::size_t end = std::min(quantiles.find(',', begin), quantiles.size());
    const std::optional<double> number = data::parse_number(std::string_view(quantiles).substr(begin, end - begin));
    const bool good = number && *number > 0 && *number < 1 && (numbers.empty() || *number > numbers.back());
    if (!good || numbers.size() == 100) {
      throw UsageError("--quantiles " + quantiles +
                       ": up to 100 ascending numbers between 0 and 1 are needed, with commas between them");
    }
    numbers.push_back(*number);
    begin = end + 1;
  }
  return numbers;
}

std::size_t TrainFlags::memory_bytes() const { return memory.empty() ? 0 : parse_size("--memory", memory); }

std::vector<std::int64_t> TrainFlags::hidden_units() const {
  std::vector<std::int64_t> units;
  const std::string text = hidden_text();
  if (text == "none") return units;
  constexpr std::int64_t most = 1'000'000;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    std::int64_t number = 0;
    const auto [behind, error] = std::from_chars(at, end, number);
    if (error != std::errc() || number < 1 || number > most || (behind != end && *behind != ',')) {
      throw UsageError("--hidden " + hidden +
                       ": whole numbers from 1 to 1000000 with commas between them are needed, or none");
    }
    units.push_back(number);
    if (behind == end) return units;
    at = behind + 1;
  }
}

// Measured on small tables: of classes relu is ahead (gene 0.896 to 0.906, titanic 0.813 to 0.824), of numbers tanh.
std::string TrainFlags::activation_name(Task of) const {
  if (!activation.empty()) return activation;
  return of == Task::classification ? "relu" : "tanh";
}

std::string TrainFlags::hidden_text() const {
  if (!hidden.empty()) return hidden;
  return least_squares() ? "16,16" : "64,64";
}

Network TrainFlags::network(Task of, const data::Preprocessing& preprocessing, std::int64_t outputs) const {
  std::vector<Layer> layers;
  if (preprocessing.has_embeddings()) layers.push_back(preprocessing.embeddings());
  DenseOptions options;
  // Bends apart from each other, which networks of few units need.
  if (least_squares()) options.bias = initialiser::normal(0, 0.5);
  for (const std::int64_t units : hidden_units()) {
    layers.push_back(dense(units, backprop::activation(activation_name(of)), options));
  }
  layers.push_back(dense(outputs));
  return Network("", std::move(layers));
}

bool TrainFlags::names_network() const {
  return !hidden.empty() || !activation.empty() || weight_decay || !learning_rate.empty() || optimizer != "adam";
}

std::optional<double> TrainFlags::rate() const {
  if (learning_rate.empty() || finds_rate()) return std::nullopt;
  if (const std::optional<double> number = data::parse_number(learning_rate)) return number;
  if (data::is_missing(learning_rate)) return -1;  // nan is no rate
  throw UsageError("--learning-rate " + learning_rate + ": a number is needed, or auto");
}

Optimiser TrainFlags::optimiser() const {
  if (least_squares()) return {};
  if (const std::optional<double> named = rate()) return backprop::optimiser(optimizer, *named);
  return optimizer == "adam" ? FitOptions().optimiser : backprop::optimiser(optimizer);
}

Effort TrainFlags::effort(std::size_t training_rows) const {
  Effort effort = choose_effort(training_rows);
  if (least_squares()) {
    effort.epochs = 150;
    effort.batch_size = static_cast<int>(training_rows);
  }
  effort.epochs = epochs.value_or(effort.epochs);
  effort.batch_size = batch_size.value_or(effort.batch_size);
  effort.members = members.value_or(effort.members);
  return effort;
}

FitOptions TrainFlags::fit_options(Task task, std::size_t training_rows) const {
  const Effort chosen = effort(training_rows);
  FitOptions options{.optimiser = optimiser(),
                     .epochs = chosen.epochs,
                     .batch_size = chosen.batch_size,
                     .members = chosen.members,
                     .standardise = false,  // the features are
                     .seed = static_cast<std::uint64_t>(seed)};
  if (weight_decay) {
    options.train = choose_training(task, options.optimiser);
    options.train->decoupled_weight_decay = *weight_decay;
  }
  return options;
}

data::SplitFractions TrainFlags::fractions(std::size_t rows) const {
  const double usual = rows < some_rows ? 0 : 0.2;
  const double judges = effort(rows).members > 1 ? 0 : usual;
  return {.validation = validation.value_or(judges), .test = test_data.empty() ? test.value_or(usual) : 0};
}

std::map<std::string, std::string> TrainFlags::places() const {
  const auto place = [](const std::string& source) {
    const std::string scheme = source.starts_with("sqlite:") ? "sqlite:" : "", file = source.substr(scheme.size());
    std::error_code none;
    return toml_text(std::filesystem::exists(file, none) ? scheme + std::filesystem::absolute(file).string() : source);
  };
  std::map<std::string, std::string> values = {{"data", place(table.path)}};
  if (!table.labels.empty()) values["labels"] = place(table.labels);
  if (!test_data.empty()) values["test-data"] = place(test_data);
  if (!test_labels.empty()) values["test-labels"] = place(test_labels);
  return values;
}

std::map<std::string, std::string> TrainFlags::resolved(Task of, const Effort& effort,
                                                        const data::SplitFractions& fractions) const {
  std::map<std::string, std::string> values = places();
  if (!least_squares()) {
    values["learning-rate"] = toml_number(optimiser().learning_rate);
    values["batch-size"] = std::to_string(effort.batch_size);
  }
  values["hidden"] = toml_text(hidden_text());
  values["activation"] = toml_text(activation_name(of));
  values["members"] = std::to_string(effort.members);
  values["epochs"] = std::to_string(effort.epochs);
  values["validation"] = toml_number(fractions.validation);
  if (weight_decay) values["weight-decay"] = toml_number(*weight_decay);
  if (test_data.empty()) values["test"] = toml_number(fractions.test);
  return values;
}

}  // namespace backprop::cli
