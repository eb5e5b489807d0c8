#include "cli/help_of.hpp"

#include <CLI/CLI.hpp>

namespace backprop::cli {
namespace {

CommandHelp help_of_one(const CLI::App& app, const std::string& name) {
  CommandHelp help{name, app.get_description(), app.get_footer(), {}};
  for (const CLI::Option* option : app.get_options()) {
    const bool argument = option->get_lnames().empty() && option->get_snames().empty();
    help.flags.push_back({.names = argument ? option->get_name(true) : option->get_name(false, true),
                          .value = !argument && option->get_items_expected_max() > 0 ? option->get_type_name() : "",
                          .description = option->get_description(),
                          .argument = argument});
    const std::string usual = option->get_default_str();
    if (!usual.empty()) help.flags.back().description += " [" + usual + "]";
  }
  return help;
}

}  // namespace

std::vector<CommandHelp> help_of(const CLI::App& program) {
  std::vector<CommandHelp> all = {help_of_one(program, "")};
  for (const CLI::App* command : program.get_subcommands({})) {
    all.push_back(help_of_one(*command, command->get_name()));
  }
  return all;
}

}  // namespace backprop::cli
