// The flags of `train`, checked, and the defaults that depend on the table filled in. Thread safety: value type.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backprop/fit.hpp"
#include "cli/column_flags.hpp"
#include "cli/table_source.hpp"
#include "data/split.hpp"

namespace CLI {
class App;
}

namespace backprop::cli {

// Not an optimiser of batches: fit_least_squares().
inline constexpr const char* levenberg_marquardt = "levenberg_marquardt";
inline constexpr int epochs_with_gradient_norms = 100;  // at most, of a run

struct TrainFlags {
  TableSource table;
  ColumnFlags columns;
  std::string target;
  std::string task;
  std::string trim_labels;
  std::string quantiles;   // empty: the mean
  std::string hidden;      // empty: 64,64, or what choose_network() says
  std::string activation;  // empty: relu for classes, tanh for numbers, likewise
  std::string optimizer = "adam";
  std::string learning_rate;                       // empty: 0.01 for adam, otherwise the optimiser's own; or auto
  std::optional<double> weight_decay;              // none: choose_training()
  std::optional<int> epochs, batch_size, members;  // none: by the number of rows
  std::int64_t seed = 1;
  std::optional<double> validation, test;  // none: see fractions()
  std::string test_data, test_labels;
  std::string memory;  // that the process may take; empty: what it needs
  std::string run_dir;
  bool overwrite = false;
  std::optional<int> threads;  // none: all cores
  std::optional<std::string> max_time;
  std::optional<std::int64_t> max_steps;
  std::string checkpoint_every = "30s";
  std::string config;  // a file with flags
  bool print_config = false;
  bool json = false;
  bool quiet = false;

  void add_to(CLI::App& app);
  void add_learning_to(CLI::App& app);  // those that say what is learned and how
  // Throws UsageError for values that are none.
  void check() const;
  std::optional<Task> wanted_task() const;
  std::vector<double> wanted_quantiles() const;  // ascending
  bool finds_rate() const { return learning_rate == "auto"; }
  bool names_network() const;  // a flag says what to train, or how
  bool least_squares() const { return optimizer == levenberg_marquardt; }
  std::string hidden_text() const;
  std::string activation_name(Task of) const;
  std::size_t memory_bytes() const;  // 0: what it needs
  bool on_disk() const { return !memory.empty(); }
  std::vector<std::int64_t> hidden_units() const;  // empty for "none"
  // On the features that `preprocessing` gives.
  Network network(Task of, const data::Preprocessing& preprocessing, std::int64_t outputs) const;
  std::optional<double> rate() const;  // that --learning-rate names
  Optimiser optimiser() const;
  Effort effort(std::size_t training_rows) const;
  // Test: 0.2, or 0 of a table too small to hold rows back. Validation: the same for a single network; several members
  // judge each other on rows that they leave out in turn.
  data::SplitFractions fractions(std::size_t rows) const;
  FitOptions fit_options(Task task, std::size_t training_rows) const;  // without names, device, limits and callbacks
  // As TOML: where the tables are, whatever folder a run is repeated or resumed from.
  std::map<std::string, std::string> places() const;
  // These, and what the flags that were not given came to.
  std::map<std::string, std::string> resolved(Task of, const Effort& effort,
                                              const data::SplitFractions& fractions) const;
};

}  // namespace backprop::cli
