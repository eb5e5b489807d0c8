// `backprop evaluate`: how well a model does on a table whose target is known.
#include <iostream>

#include "cli/command.hpp"
#include "cli/labelled_rows.hpp"
#include "cli/measures_text.hpp"
#include "cli/table_source.hpp"

namespace backprop::cli {
namespace {

struct Flags {
  std::string model;
  TableSource table;
  bool json = false;
};

int evaluate(const Flags& flags) {
  require(flags.model, "a MODEL is needed: backprop evaluate MODEL.onnx TABLE.csv");
  const Model model = Model::load(flags.model);
  const Measures measures = measure(model, read_labelled(flags.table.read(), model.info()));
  if (flags.json) {
    std::cout << to_json(measures, model.info().task).dump() << "\n";
  } else {
    std::cout << to_text(measures, model.info().task) << "\n";
  }
  return Exit::fine;
}

}  // namespace

Command add_evaluate(CLI::App& program) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* app = add_subcommand(program, "evaluate", "Measure a saved model on a table whose target is known.",
                                 "  backprop evaluate runs/data-001/model.onnx new.csv\n"
                                 "  backprop evaluate model.onnx new.csv --json");
  app->add_option("MODEL", flags->model, "The model, an ONNX file that train wrote");
  flags->table.add_to(*app, "The table, with the model's columns and the target in any order");
  app->add_flag("--json", flags->json, "Print one JSON object");
  return {app, [flags] { return evaluate(*flags); }};
}

}  // namespace backprop::cli
