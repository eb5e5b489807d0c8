// `backprop gradcheck`: every derivative of the catalogue against independent methods, and the checks themselves
// against wrong rules.
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "backprop/error.hpp"
#include "backprop/operation.hpp"
#include "backprop/operations.hpp"
#include "cli/command.hpp"
#include "data/closest_name.hpp"
#include "evidence/mutation.hpp"
#include "evidence/operation_case.hpp"
#include "evidence/protocol.hpp"
#include "evidence/report.hpp"

namespace backprop::cli {
namespace {

struct Flags {
  std::vector<std::string> operations;
  bool wrong_rules = false;
  std::uint64_t seed = 1;
  bool json = false;
};

struct Findings {
  std::set<std::string> operations;
  std::int64_t cases = 0;
  GradientReport report;
  evidence::MutationResult mutations;
};

std::vector<const Operation*> choose(const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const Operation* operation : catalogue()) known.emplace_back(operation->name);
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw UsageError("there is no operation '" + name + "'" + data::did_you_mean(name, known) +
                     "; 'backprop operations' lists them");
  }
  std::vector<const Operation*> chosen;
  for (const Operation* operation : catalogue()) {
    const bool named = std::find(names.begin(), names.end(), operation->name) != names.end();
    if (names.empty() || named) chosen.push_back(operation);
  }
  return chosen;
}

void check_cases(const Operation& operation, std::uint64_t seed, Findings& findings) {
  using evidence::Variant;
  for (const evidence::OperationCase& one : evidence::operation_cases()) {
    if (one.operation != operation.name) continue;
    findings.operations.insert(one.operation);
    for (const Variant variant : {Variant::plain, Variant::twice, Variant::fan_out}) {
      if (variant == Variant::twice && !evidence::can_be_twice(one)) continue;
      const evidence::Subject subject = evidence::make_subject(one, variant, seed);
      if (variant == Variant::plain) evidence::merge(findings.report, evidence::check_value(one, subject));
      evidence::merge(findings.report, evidence::check_subject(subject));
      ++findings.cases;
    }
  }
}

void print(const Findings& findings, bool wrong_rules) {
  std::cout << findings.operations.size() << " operations checked in " << findings.cases << " cases\n";
  for (const MethodResult& method : findings.report.methods) {
    std::cout << "  " << method.name << ": worst scaled error " << evidence::short_number(method.worst) << " (at most "
              << evidence::short_number(method.tolerance) << " is allowed), " << method.compared << " numbers\n";
  }
  if (wrong_rules) {
    std::cout << findings.mutations.generated << " wrong rules generated, " << findings.mutations.caught
              << " caught, the others are equivalent:\n";
    for (const std::string& survivor : findings.mutations.survivors) std::cout << "  " << survivor << "\n";
  }
}

nlohmann::ordered_json to_json(const Findings& findings, bool wrong_rules) {
  nlohmann::ordered_json json = {{"operations", findings.operations.size()}, {"cases", findings.cases}};
  json["methods"] = nlohmann::ordered_json::array();
  for (const MethodResult& method : findings.report.methods) {
    json["methods"].push_back({{"name", method.name},
                               {"worst", method.worst},
                               {"tolerance", method.tolerance},
                               {"compared", method.compared}});
  }
  if (wrong_rules) {
    json["wrong_rules"] = {{"generated", findings.mutations.generated},
                           {"caught", findings.mutations.caught},
                           {"survivors", findings.mutations.survivors}};
  }
  json["failures"] = findings.report.failures;
  return json;
}

// Survivors that are not named as equivalents are failures of the suite.
void check_wrong_rules(const Operation& operation, Findings& findings) {
  const evidence::MutationResult result = evidence::mutate(operation);
  findings.mutations.generated += result.generated;
  findings.mutations.caught += result.caught;
  for (const std::string& survivor : result.survivors) {
    findings.mutations.survivors.push_back(survivor);
    const auto& named = evidence::named_equivalents();
    if (std::none_of(named.begin(), named.end(), [&](const auto& one) { return one.label == survivor; })) {
      findings.report.failures.push_back("a wrong rule was not caught: " + survivor);
    }
  }
}

int gradcheck(const Flags& flags) {
  Findings findings;
  for (const Operation* operation : choose(flags.operations)) {
    check_cases(*operation, flags.seed, findings);
    if (flags.wrong_rules) check_wrong_rules(*operation, findings);
  }
  if (flags.json) {
    std::cout << to_json(findings, flags.wrong_rules).dump() << "\n";
  } else {
    print(findings, flags.wrong_rules);
  }
  findings.report.require();
  return Exit::fine;
}

}  // namespace

Command add_gradcheck(CLI::App& program) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* app = add_subcommand(program, "gradcheck", "Check every derivative against independent methods.",
                                 "  backprop gradcheck\n"
                                 "  backprop gradcheck matmul softmax\n"
                                 "  backprop gradcheck --wrong-rules");
  app->add_option("OPERATION", flags->operations, "Only these operations");
  app->add_flag("--wrong-rules", flags->wrong_rules, "Also generate wrong rules and see that the checks catch them");
  app->add_option("--seed", flags->seed, "Seed of the numbers at which is checked")
      ->type_name("N")
      ->capture_default_str();
  app->add_flag("--json", flags->json, "Print one JSON object");
  return {app, [flags] { return gradcheck(*flags); }};
}

}  // namespace backprop::cli
