// `backprop operations`: the catalogue.
#include "backprop/operations.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "backprop/operation.hpp"
#include "cli/command.hpp"

namespace backprop::cli {
namespace {

std::string_view kind_name(OperationKind kind) {
  switch (kind) {
    case OperationKind::leaf: return "leaf";
    case OperationKind::elementwise: return "elementwise";
    case OperationKind::linear: return "linear";
    case OperationKind::multilinear: return "multilinear";
    case OperationKind::general: break;
  }
  return "general";
}

void print_table() {
  const auto pad = [](std::string_view text, std::size_t width) {
    return std::string(text) + std::string(width > text.size() ? width - text.size() : 1, ' ');
  };
  std::cout << pad("operation", 24) << pad("kind", 14) << pad("arguments", 11) << "ONNX\n";
  for (const Operation* operation : catalogue()) {
    std::cout << pad(operation->name, 24) << pad(kind_name(operation->kind), 14)
              << pad(operation->arity < 0 ? "any" : std::to_string(operation->arity), 11)
              << (operation->onnx.empty() ? "-" : operation->onnx) << "\n";
  }
}

void print_json() {
  nlohmann::ordered_json json = {{"operations", nlohmann::ordered_json::array()}};
  for (const Operation* operation : catalogue()) {
    json["operations"].push_back({{"name", operation->name},
                                  {"kind", kind_name(operation->kind)},
                                  {"arity", operation->arity},
                                  {"onnx", operation->onnx}});
  }
  std::cout << json.dump() << "\n";
}

}  // namespace

Command add_operations(CLI::App& program) {
  const auto json = std::make_shared<bool>(false);
  CLI::App* app = add_subcommand(program, "operations", "List every operation that a graph can hold.",
                                 "  backprop operations\n  backprop operations --json");
  app->add_flag("--json", *json, "Print one JSON object");
  return {app, [json] {
            *json ? print_json() : print_table();
            return int{Exit::fine};
          }};
}

}  // namespace backprop::cli
