// `backprop inspect`: what is in a model file.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cli/columns_text.hpp"
#include "cli/command.hpp"
#include "data/closest_name.hpp"
#include "train/table_model.hpp"

namespace backprop::cli {
namespace {

struct InspectFlags {
  std::string model;
  bool graph = false;
  bool json = false;
};

std::int64_t count_parameters(const Model& model) {
  std::int64_t count = 0;
  for (const auto& [name, entry] : model.states()) count += entry.tensor.size();
  return count;
}

void print(const TablePredictor& predictor) {
  const Model& model = predictor.model();
  const ModelInfo& info = model.info();
  std::cout << "task        " << to_string(info.task) << "\n"
            << "target      " << data::list_names(info.targets) << "\n"
            << "columns     " << data::list_names(info.features) << "\n"
            << to_text(predictor.preprocessing());
  if (!info.classes.empty()) std::cout << "classes     " << data::list_names(info.classes) << "\n";
  std::cout << "parameters  " << count_parameters(model) << "\n";
  for (const auto& [name, entry] : model.states()) {
    std::cout << "  " << name << "  " << to_string(entry.tensor.dtype()) << to_string(entry.tensor.extents()) << "\n";
  }
}

nlohmann::ordered_json describe(const TablePredictor& predictor) {
  const Model& model = predictor.model();
  const ModelInfo& info = model.info();
  nlohmann::ordered_json json = {{"task", to_string(info.task)}, {"targets", info.targets},
                                 {"columns", info.features},     {"preprocessing", to_json(predictor.preprocessing())},
                                 {"classes", info.classes},      {"parameters", count_parameters(model)}};
  json["states"] = nlohmann::ordered_json::object();
  for (const auto& [name, entry] : model.states()) json["states"][name] = entry.tensor.extents();
  return json;
}

int inspect(const InspectFlags& flags) {
  require(flags.model, "a MODEL is needed: backprop inspect MODEL.onnx");
  const TablePredictor predictor(Model::load(flags.model));
  if (flags.json) {
    std::cout << describe(predictor).dump() << "\n";
  } else {
    print(predictor);
    if (flags.graph) std::cout << "\n" << predictor.model().graph().to_text();
  }
  return Exit::fine;
}

}  // namespace

Command add_inspect(CLI::App& program) {
  const auto flags = std::make_shared<InspectFlags>();
  CLI::App* app = add_subcommand(program, "inspect", "Show what is in a model file.",
                                 "  backprop inspect runs/data-001/model.onnx\n"
                                 "  backprop inspect runs/data-001/model.onnx --graph");
  app->add_option("MODEL", flags->model, "The model, an ONNX file that train wrote");
  app->add_flag("--graph", flags->graph, "Also print the computation, an equation a line");
  app->add_flag("--json", flags->json, "Print one JSON object");
  return {app, [flags] { return inspect(*flags); }};
}

}  // namespace backprop::cli
