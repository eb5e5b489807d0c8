// `backprop predict`: a model's predictions for the rows of a table, as CSV.
#include <charconv>
#include <iostream>
#include <numeric>

#include "cli/command.hpp"
#include "cli/table_source.hpp"
#include "train/table_model.hpp"

namespace backprop::cli {
namespace {

// A cell by RFC 4180: quoted when it has to be.
std::string cell(const std::string& text) {
  if (text.find_first_of(",;\t\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

// The shortest decimal that reads back as the same float32.
void append(std::string& line, float number) {
  char text[32];
  line.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

constexpr std::size_t batch_rows = 4096;  // what is in memory of the predictions

std::string header(const ModelInfo& info) {
  std::string text;
  if (!info.classes.empty() || info.targets.size() == 1) text = "prediction";
  for (const std::string& name : info.classes) text += "," + cell("probability_" + name);
  if (info.targets.size() == 1) return text;
  for (const std::string& name : info.targets) text += (text.empty() ? "" : ",") + cell("prediction_" + name);
  return text;
}

int predict(const std::string& model_path, const TableSource& source) {
  require(model_path, "a MODEL is needed: backprop predict MODEL.onnx TABLE.csv");
  const TablePredictor predictor(Model::load(model_path));
  const data::Table table = source.read();
  const std::vector<std::string>& classes = predictor.model().info().classes;
  const std::size_t outputs = predictor.model().outputs();
  std::string text = header(predictor.model().info()) + "\n";
  std::vector<std::uint32_t> rows;
  for (std::size_t first = 0; first < table.rows(); first += batch_rows) {
    rows.resize(std::min(batch_rows, table.rows() - first));
    std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(first));
    const std::vector<float> predictions = predictor.predict(table, rows);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const auto row = std::span(predictions).subspan(r * outputs, outputs);
      if (!classes.empty()) {
        text += cell(classes[static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin())]);
      }
      for (std::size_t k = 0; k < outputs; ++k) append(text += k > 0 || !classes.empty() ? "," : "", row[k]);
      text += "\n";
    }
    std::cout << text;
    text.clear();
  }
  return Exit::fine;
}

}  // namespace

Command add_predict(CLI::App& program) {
  const auto model = std::make_shared<std::string>();
  const auto table = std::make_shared<TableSource>();
  CLI::App* app = add_subcommand(program, "predict", "Predict the rows of a table with a saved model, as CSV.",
                                 "  backprop predict runs/data-001/model.onnx new.csv > predictions.csv\n"
                                 "  cat new.csv | backprop predict model.onnx -");
  app->add_option("MODEL", *model, "The model, an ONNX file that train wrote");
  table->add_to(*app, "The table, with the model's columns in any order");
  return {app, [model, table] { return predict(*model, *table); }};
}

}  // namespace backprop::cli
