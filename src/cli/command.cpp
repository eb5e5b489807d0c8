#include "cli/command.hpp"

#include <CLI/CLI.hpp>

#include "backprop/error.hpp"

namespace backprop::cli {

CLI::App* add_subcommand(CLI::App& program, const std::string& name, const std::string& description,
                         const std::string& examples) {
  CLI::App* app = program.add_subcommand(name, description);
  app->footer(examples);
  // Unknown flags are kept, for main() to say which one may be meant.
  app->allow_extras();
  return app;
}

void require(const std::string& value, const std::string& what) {
  if (value.empty()) throw UsageError(what);
}

}  // namespace backprop::cli
