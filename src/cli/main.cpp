// The program: finds the subcommand, runs it, turns errors into one line and an exit code.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <iostream>
#include <limits>
#include <memory>
#include <new>
#include <span>

#include "backprop/error.hpp"
#include "backprop/version.hpp"
#include "cli/command.hpp"
#include "data/closest_name.hpp"

namespace backprop::cli {
namespace {

// Help with the examples first.
class ExamplesFirst : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override {
    std::string text = app->get_description() + "\n";
    if (!app->get_footer().empty()) text += "\nExamples:\n" + app->get_footer() + "\n";
    return text + "\n";
  }
  std::string make_footer(const CLI::App*) const override { return ""; }
};

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  return flags;
}

// Refuses what no flag or argument took, saying what may be meant.
void refuse_extras(const CLI::App& app, const std::vector<std::string>& commands) {
  std::vector<std::string> extras = app.remaining();
  std::erase(extras, "--");  // what stands behind it is an argument, dashes or not
  if (extras.empty()) return;
  // A flag's value may have been taken for an argument before it: the flag is the mistake.
  const auto flag = std::find_if(extras.begin(), extras.end(), [](const std::string& s) { return s.starts_with("-"); });
  const std::string extra = flag == extras.end() ? extras.front() : *flag;
  const std::string name = extra.substr(0, extra.find('='));
  const std::string help =
      "; '" + (commands.empty() ? "backprop " + app.get_name() : "backprop") + " --help' lists them";
  if (extra.starts_with("-")) {
    throw UsageError("unknown flag " + name + data::did_you_mean(name, flags_of(app)) + help);
  }
  if (!commands.empty()) {
    throw UsageError("unknown command '" + extra + "'" + data::did_you_mean(extra, commands) + help);
  }
  throw UsageError("one argument too many: '" + extra + "'");
}

bool is_whole(std::string_view text) {
  if (text.starts_with("-")) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

std::string needed(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type == "N" ? "a whole number" : type == "X" ? "a number" : "a value (" + type + ")";
}

// What CLI11 found wrong, in our words. A whole number that it refuses does not fit into an int. Its texts begin with the flag: "Could not convert: --epochs = abc".
std::string explain(const CLI::ParseError& error, std::span<const Command> commands) {
  std::string text = error.what();
  if (text.starts_with("Could not convert: ")) text.erase(0, text.find(": ") + 2);
  const std::string name = text.substr(0, text.find_first_of(": "));
  const auto has_it = [&](const Command& c) { return c.app->parsed() && c.app->get_option_no_throw(name) != nullptr; };
  const auto command = std::find_if(commands.begin(), commands.end(), has_it);
  if (command == commands.end()) return text;
  const CLI::Option& option = *command->app->get_option(name);
  if (option.get_items_expected_max() == 0) return name + ": takes no value";
  if (option.results().empty()) return name + ": " + needed(option) + " is needed behind it";
  if (option.results().size() > 1) return name + ": is given more than once: which one is meant?";
  const std::string& given = option.results()[0];
  std::string what = needed(option);
  if (option.get_type_name() == "N" && is_whole(given)) {
    what += given.starts_with("-") ? " of 0 or above" : " up to " + std::to_string(std::numeric_limits<int>::max());
  }
  return name + " " + given + ": " + what + " is needed";
}

int run(int argc, char** argv) {
  CLI::App program("Trains neural networks on tables, from one command.", "backprop");
  program.formatter(std::make_shared<ExamplesFirst>());
  program.footer(
      "  backprop train data.csv --target species\n"
      "  backprop predict runs/data-001/model.onnx new.csv > predictions.csv");
  program.set_version_flag("--version", std::string("backprop ") + version(), "Print the version");
  program.allow_extras();
  const std::array commands = {add_train(program),     add_resume(program),     add_cross_validate(program),
                               add_tune(program),      add_predict(program),    add_evaluate(program),
                               add_report(program),    add_inspect(program),    add_operations(program),
                               add_gradcheck(program), add_completion(program), add_man(program)};
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help and --version
    program.exit(success);
    return Exit::fine;
  } catch (const CLI::ParseError& error) {
    throw UsageError(explain(error, commands));
  }

  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.app->get_name());
  for (const Command& command : commands) {
    if (!command.app->parsed()) continue;
    refuse_extras(*command.app, {});
    return command.run();
  }
  refuse_extras(program, names);
  throw UsageError("a command is needed: " + data::list_names(names) + "; 'backprop --help' says more");
}

int fail(const std::exception& error, Exit code) {
  std::cout.flush();
  std::fprintf(stderr, "error: %s\n", error.what());
  return code;
}

}  // namespace
}  // namespace backprop::cli

int main(int argc, char** argv) {
  using namespace backprop;
  using namespace backprop::cli;
  try {
    const int code = cli::run(argc, argv);
    std::cout.flush();
    if (!std::cout) throw Error("standard output: cannot be written");
    return code;
  } catch (const UsageError& error) {
    return fail(error, Exit::usage);
  } catch (const DataError& error) {
    return fail(error, Exit::bad_data);
  } catch (const DivergedError& error) {
    return fail(error, Exit::diverged);
  } catch (const std::bad_alloc&) {
    return fail(Error("not enough memory"), Exit::failed);
  } catch (const std::exception& error) {
    return fail(error, Exit::failed);
  }
}
