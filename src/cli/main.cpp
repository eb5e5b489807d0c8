// The program: finds the subcommand, runs it, turns errors into one line and an exit code.
#include <array>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <new>

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
  const std::vector<std::string> extras = app.remaining();
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

int run(int argc, char** argv) {
  CLI::App program("Trains neural networks on tables, from one command.", "backprop");
  program.formatter(std::make_shared<ExamplesFirst>());
  program.footer(
      "  backprop train data.csv --target species\n"
      "  backprop predict runs/data-001/model.onnx new.csv > predictions.csv");
  program.set_version_flag("--version", std::string("backprop ") + version(), "Print the version");
  program.allow_extras();
  const std::array<Command, 6> commands = {add_train(program),   add_predict(program),    add_evaluate(program),
                                           add_inspect(program), add_operations(program), add_gradcheck(program)};
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help and --version
    program.exit(success);
    return Exit::fine;
  } catch (const CLI::ConversionError& error) {
    std::string what = error.what();  // "Could not convert: --epochs = abc"; all flags with a type take numbers
    if (const std::size_t colon = what.find(": "); colon != std::string::npos) what.erase(0, colon + 2);
    throw UsageError(what + ": is not a number of the kind that the flag takes");
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
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
