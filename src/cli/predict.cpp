// `backprop predict`: a model's predictions for the rows of a table, as CSV or as a table of its database.
#include <CLI/CLI.hpp>
#include <numeric>

#include "cli/command.hpp"
#include "cli/prediction_output.hpp"
#include "cli/table_source.hpp"
#include "train/table_model.hpp"

namespace backprop::cli {
namespace {

struct PredictFlags {
  std::string model, into;
  TableSource table;
};

int predict(const PredictFlags& flags) {
  require(flags.model, "a MODEL is needed: backprop predict MODEL.onnx TABLE.csv");
  const TablePredictor predictor(Model::load(flags.model));
  const std::unique_ptr<PredictionOutput> output = open_output(predictor.model(), flags.table.source(), flags.into);
  flags.table.read_blocks([&](const data::Table& block) {
    std::vector<std::uint32_t> rows(block.rows());
    std::iota(rows.begin(), rows.end(), 0u);
    output->add(block, predictor.predict(block, rows));
  });
  output->finish();
  return Exit::fine;
}

}  // namespace

Command add_predict(CLI::App& program) {
  const auto flags = std::make_shared<PredictFlags>();
  CLI::App* app = add_subcommand(
      program, "predict", "Predict the rows of a table with a saved model, as CSV.",
      "  backprop predict runs/data-001/model.onnx new.csv > predictions.csv\n"
      "  cat new.csv | backprop predict model.onnx -\n"
      "  backprop predict model.onnx sqlite:shop.db --query \"SELECT * FROM orders\" --into predictions");
  app->add_option("MODEL", flags->model, "The model, an ONNX file that train wrote");
  flags->table.add_to(*app, "The table, with the model's columns in any order");
  app->add_option(
         "--into", flags->into,
         "Write the predictions into this new table of the database, beside the columns that the model does not"
         " use")
      ->type_name("TABLE");
  return {app, [flags] { return predict(*flags); }};
}

}  // namespace backprop::cli
