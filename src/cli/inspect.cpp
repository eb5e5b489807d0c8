// `backprop inspect`: what is in a model file, or a run.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "backprop/compile.hpp"
#include "backprop/error.hpp"
#include "cli/columns_text.hpp"
#include "cli/command.hpp"
#include "cli/measures_text.hpp"
#include "cli/run_state.hpp"
#include "data/closest_name.hpp"
#include "formats/file.hpp"
#include "train/table_model.hpp"

namespace backprop::cli {
namespace {

struct InspectFlags {
  std::string path;
  bool graph = false;
  bool json = false;
};

std::string config_of(const std::string& folder) {
  return read_file((std::filesystem::path(folder) / config_name).string(), std::int64_t{1} << 20);
}

// What one row costs to predict, and the bytes of the parameters.
struct Cost {
  Report report;
  std::size_t parameter_bytes = 0;
};

Cost cost_of(const Model& model) {
  Cost cost;
  for (const auto& [name, entry] : model.states()) {
    cost.parameter_bytes += static_cast<std::size_t>(entry.tensor.size()) * size_of(entry.tensor.dtype());
  }
  const Graph& graph = model.graph();
  std::vector<Tensor> row;
  for (const Index input : graph.inputs()) {
    const Type& type = graph.info(input).type;
    row.emplace_back(type.dtype, Extents{1, type.shape[1].number()});
  }
  Compiled compiled = compile(model.output(), {.store = std::make_shared<StateStore>(model.states())});
  compiled.run(std::vector<TensorView>(row.begin(), row.end()));
  cost.report = compiled.report();
  return cost;
}

std::int64_t count_parameters(const Model& model) {
  std::int64_t count = 0;
  for (const auto& [name, entry] : model.states()) count += entry.tensor.size();
  return count;
}

void print(const TablePredictor& predictor) {
  const Model& model = predictor.model();
  const ModelInfo& info = model.info();
  std::cout << "task        " << to_string(info.task) << "\n"
            << "target      " << (info.quantiles.empty() ? data::list_names(info.targets) : info.targets[0]) << "\n"
            << "columns     " << data::list_names(info.features) << "\n"
            << to_text(predictor.preprocessing());
  if (!info.classes.empty()) std::cout << "classes     " << data::list_names(info.classes) << "\n";
  if (!info.quantiles.empty()) {
    std::cout << "quantiles  ";
    for (const double quantile : info.quantiles) std::cout << " " << to_text(quantile);
    std::cout << "\n";
  }
  const Cost cost = cost_of(model);
  std::cout << "a row       " << cost.report.flops << " flops, " << cost.report.arena_bytes << " bytes beside the "
            << cost.parameter_bytes << " of the parameters\n"
            << "parameters  " << count_parameters(model) << "\n";
  for (const auto& [name, entry] : model.states()) {
    std::cout << "  " << name << "  " << to_string(entry.tensor.dtype()) << to_string(entry.tensor.extents()) << "\n";
  }
}

nlohmann::ordered_json model_json(const TablePredictor& predictor) {
  const Model& model = predictor.model();
  const ModelInfo& info = model.info();
  nlohmann::ordered_json json = {{"task", to_string(info.task)},
                                 {"targets", info.targets},
                                 {"columns", info.features},
                                 {"preprocessing", to_json(predictor.preprocessing())},
                                 {"classes", info.classes},
                                 {"quantiles", info.quantiles},
                                 {"parameters", count_parameters(model)}};
  const Cost cost = cost_of(model);
  json["parameter_bytes"] = cost.parameter_bytes;
  json["row"] = {{"flops", cost.report.flops}, {"arena_bytes", cost.report.arena_bytes}};
  json["states"] = nlohmann::ordered_json::object();
  for (const auto& [name, entry] : model.states()) json["states"][name] = entry.tensor.extents();
  return json;
}

// The run's own lines; those of its model follow where there is one.
void print_run(const std::string& folder, const nlohmann::ordered_json& state) {
  std::cout << "run         " << folder << ": " << state["status"].get<std::string>() << ", began "
            << state.at("started").get<std::string>() << ", backprop " << state.at("version").get<std::string>()
            << "\n";
  for (const nlohmann::ordered_json& file : state["data"]) {
    std::cout << "data        " << file.at("path").get<std::string>() << ", SHA-256 "
              << file.at("sha256").get<std::string>() << "\n";
  }
  if (state.contains("result") && state["result"].contains("step")) {
    const nlohmann::ordered_json& step = state["result"]["step"];
    std::cout << "step        " << step.at("rows").get<std::size_t>() << " rows, "
              << to_text(step.at("flops").get<double>()) << " flops, " << step.at("arena_bytes").get<std::size_t>()
              << " bytes\n";
  }
  std::cout << state.value("summary", "") << "configuration\n";
  std::istringstream lines(config_of(folder));
  for (std::string line; std::getline(lines, line);) std::cout << "  " << line << "\n";
}

int inspect(const InspectFlags& flags) {
  require(flags.path, "a MODEL or a RUN is needed: backprop inspect MODEL.onnx");
  std::error_code none;
  const bool is_run = std::filesystem::is_directory(flags.path, none);
  nlohmann::ordered_json state;
  if (is_run) state = read_state(flags.path);
  const std::string file = is_run ? (std::filesystem::path(flags.path) / model_name).string() : flags.path;
  std::optional<TablePredictor> predictor;
  if (!is_run || std::filesystem::exists(file, none)) predictor.emplace(Model::load(file));
  if (flags.json) {
    nlohmann::ordered_json json = predictor ? model_json(*predictor) : nlohmann::ordered_json::object();
    if (is_run) {
      json["run"] = state;
      json["configuration"] = config_of(flags.path);
    }
    std::cout << json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
    return Exit::fine;
  }
  try {
    if (is_run) print_run(flags.path, state);
  } catch (const nlohmann::ordered_json::exception&) {
    throw DataError((std::filesystem::path(flags.path) / result_name).string() + ": is not the run.json of a run");
  }
  if (predictor) print(*predictor);
  if (predictor && flags.graph) std::cout << "\n" << predictor->model().graph().to_text();
  return Exit::fine;
}

}  // namespace

Command add_inspect(CLI::App& program) {
  const auto flags = std::make_shared<InspectFlags>();
  CLI::App* app = add_subcommand(program, "inspect", "Show what is in a model file or a run.",
                                 "  backprop inspect runs/data-001/model.onnx\n"
                                 "  backprop inspect runs/data-001\n"
                                 "  backprop inspect runs/data-001/model.onnx --graph");
  app->add_option("MODEL", flags->path, "The model, an ONNX file that train wrote, or the folder of a run");
  app->add_flag("--graph", flags->graph, "Also print the computation, an equation a line");
  app->add_flag("--json", flags->json, "Print one JSON object");
  return {app, [flags] { return inspect(*flags); }};
}

}  // namespace backprop::cli
