// `backprop report`: a run as a page that a person looks at.
#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/command.hpp"
#include "cli/run_report.hpp"
#include "cli/run_state.hpp"

namespace backprop::cli {
namespace {

struct ReportFlags {
  std::string run;
  bool json = false;
  bool quiet = false;
};

int report(const ReportFlags& flags) {
  require(flags.run, "a RUN is needed: the folder that 'backprop train' made");
  const RunFolder folder(flags.run);
  const std::string path = write_report(folder, read_state(folder.path()));
  if (flags.json) {
    std::cout << nlohmann::ordered_json{{"report", path}}.dump() << "\n";
  } else if (!flags.quiet) {
    std::cout << path << "\n";
  }
  return Exit::fine;
}

}  // namespace

Command add_report(CLI::App& program) {
  const auto flags = std::make_shared<ReportFlags>();
  CLI::App* app = add_subcommand(program, "report", "Write a run's report.html again: one page, for any browser.",
                                 "  backprop report runs/data-001\n"
                                 "  xdg-open \"$(backprop report runs/data-001)\"");
  app->add_option("RUN", flags->run, "The run's folder");
  app->add_flag("--json", flags->json, "Print one JSON object");
  app->add_flag("--quiet", flags->quiet, "No messages");
  return {app, [flags] { return report(*flags); }};
}

}  // namespace backprop::cli
