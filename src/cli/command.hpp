// What main() needs of a subcommand: its flags, and what it does. One file a subcommand.
// Thread safety: used by the main thread only.
#pragma once
#include <functional>

namespace CLI {
class App;
}

namespace backprop::cli {

// The exit codes, promised to scripts.
enum Exit : int { fine = 0, failed = 1, usage = 2, bad_data = 3, diverged = 4, interrupted = 130 };

struct Command {
  CLI::App* app = nullptr;
  std::function<int()> run;  // gives the exit code
};

Command add_train(CLI::App& program);
Command add_resume(CLI::App& program);
Command add_cross_validate(CLI::App& program);
Command add_tune(CLI::App& program);
Command add_predict(CLI::App& program);
Command add_evaluate(CLI::App& program);
Command add_report(CLI::App& program);
Command add_inspect(CLI::App& program);
Command add_operations(CLI::App& program);
Command add_gradcheck(CLI::App& program);
Command add_completion(CLI::App& program);
Command add_man(CLI::App& program);

// Adds a subcommand with its examples, which --help shows first.
CLI::App* add_subcommand(CLI::App& program, const std::string& name, const std::string& description,
                         const std::string& examples);

// Throws UsageError naming the positional argument when it was not given.
void require(const std::string& value, const std::string& what);

}  // namespace backprop::cli
