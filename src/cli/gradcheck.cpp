// `backprop gradcheck`: every derivative of the catalogue against independent methods, and the checks themselves
// against wrong rules.
#include "evidence/gradcheck.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "backprop/error.hpp"
#include "backprop/operation.hpp"
#include "backprop/operations.hpp"
#include "cli/command.hpp"
#include "data/closest_name.hpp"

namespace backprop::cli {
namespace {

struct GradcheckFlags {
  evidence::GradcheckOptions options;
  std::int64_t seed = 1;
  bool json = false;
};

void check_names(const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const Operation* operation : catalogue()) known.emplace_back(operation->name);
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw UsageError("there is no operation '" + name + "'" + data::did_you_mean(name, known) +
                     "; 'backprop operations' lists them");
  }
}

nlohmann::ordered_json methods(const GradientReport& report) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const MethodResult& method : report.methods) {
    rows.push_back({{"name", method.name},
                    {"worst", method.worst},
                    {"tolerance", method.tolerance},
                    {"compared", method.compared}});
  }
  return rows;
}

nlohmann::ordered_json findings_json(const evidence::GradcheckFindings& findings) {
  return {{"operations", findings.operations},
          {"calls", findings.calls},
          {"methods", methods(findings.report)},
          {"wrong_rules",
           {{"generated", findings.mutations.generated},
            {"caught", findings.mutations.caught},
            {"equivalent", findings.mutations.survivors}}},
          {"graphs",
           {{"compared", findings.graphs.graphs},
            {"methods", methods(findings.graphs.report)},
            {"histogram", findings.graphs.histogram},
            {"failures", findings.graphs.report.failures}}},
          {"failures", findings.report.failures}};
}

int run(const GradcheckFlags& flags) {
  evidence::GradcheckOptions options = flags.options;
  check_names(options.operations);
  if (options.graphs < 0) throw UsageError("--graphs: a whole number, 0 or above, is needed");
  if (flags.seed < 0) throw UsageError("--seed: a whole number, 0 or above, is needed");
  options.seed = static_cast<std::uint64_t>(flags.seed);
  if (!options.operations.empty()) options.graphs = 0;
  const evidence::GradcheckFindings findings = evidence::gradcheck(options);
  if (flags.json) {
    std::cout << findings_json(findings).dump() << "\n";
  } else {
    evidence::print(std::cout, findings);
  }
  return findings.passed() ? Exit::fine : Exit::failed;
}

}  // namespace

Command add_gradcheck(CLI::App& program) {
  const auto flags = std::make_shared<GradcheckFlags>();
  CLI::App* app = add_subcommand(program, "gradcheck", "Check every derivative against independent methods.",
                                 "  backprop gradcheck\n"
                                 "  backprop gradcheck matmul softmax\n"
                                 "  backprop gradcheck --graphs 10000");
  app->add_option("OPERATION", flags->options.operations, "Only these operations, without random graphs");
  app->add_option("--graphs", flags->options.graphs, "Random graphs to compare")->type_name("N")->capture_default_str();
  app->add_option("--seed", flags->seed, "Seed of the numbers at which is checked, and of the graphs")
      ->type_name("N")
      ->capture_default_str();
  app->add_flag("--json", flags->json, "Print one JSON object");
  return {app, [flags] { return run(*flags); }};
}

}  // namespace backprop::cli
