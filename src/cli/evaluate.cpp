// `backprop evaluate`: how well a model does on a table whose target is known.
#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/command.hpp"
#include "cli/labelled_rows.hpp"
#include "cli/measures_text.hpp"
#include "cli/table_source.hpp"
#include "train/table_model.hpp"

namespace backprop::cli {
namespace {

struct EvaluateFlags {
  std::string model;
  TableSource table;
  std::string trim_labels;
  bool json = false;
};

int evaluate(const EvaluateFlags& flags) {
  require(flags.model, "a MODEL is needed: backprop evaluate MODEL.onnx TABLE.csv");
  const TablePredictor predictor(Model::load(flags.model));
  const ModelInfo& info = predictor.model().info();
  Answers answers;
  std::vector<float> predictions;
  flags.table.read_blocks([&](const data::Table& block) {
    const Answers some = read_answers(block, info, flags.trim_labels);
    const std::vector<float> of_them = predictor.predict(block, some.rows);
    predictions.insert(predictions.end(), of_them.begin(), of_them.end());
    answers.append(some);
  });
  const Measured measured = measure(predictions, answers);
  if (flags.json) {
    std::cout << to_json(measured, info).dump() << "\n";
  } else {
    std::cout << to_text(measured) << "\n";
  }
  return Exit::fine;
}

}  // namespace

Command add_evaluate(CLI::App& program) {
  const auto flags = std::make_shared<EvaluateFlags>();
  CLI::App* app = add_subcommand(program, "evaluate", "Measure a saved model on a table whose target is known.",
                                 "  backprop evaluate runs/data-001/model.onnx new.csv\n"
                                 "  backprop evaluate model.onnx new.csv --json");
  app->add_option("MODEL", flags->model, "The model, an ONNX file that train wrote");
  flags->table.add_to(*app, "The table, with the model's columns and the target in any order");
  app->add_option("--trim-labels", flags->trim_labels,
                  "Characters that are no part of a class's name at its end: . for '>50K.'")
      ->type_name("CHARACTERS");
  app->add_flag("--json", flags->json, "Print one JSON object");
  return {app, [flags] { return evaluate(*flags); }};
}

}  // namespace backprop::cli
