// `backprop predict`: a model's predictions for the rows of a table, as CSV.
#include <charconv>
#include <iostream>

#include "backprop/model.hpp"
#include "cli/command.hpp"
#include "cli/table_source.hpp"
#include "data/standardise.hpp"

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

int predict(const std::string& model_path, const TableSource& source) {
  require(model_path, "a MODEL is needed: backprop predict MODEL.onnx TABLE.csv");
  const Model model = Model::load(model_path);
  const data::Table table = source.read();
  const data::Matrix inputs = data::read_features(table, model.info().features);
  const std::vector<float> predictions = model.predict(inputs.values);

  const std::vector<std::string>& classes = model.info().classes;
  std::string text = "prediction";
  for (const std::string& name : classes) text += "," + cell("probability_" + name);
  text += "\n";
  const std::size_t outputs = model.outputs();
  for (std::size_t r = 0; r < inputs.rows; ++r) {
    const auto row = std::span(predictions).subspan(r * outputs, outputs);
    if (classes.empty()) {
      append(text, row[0]);
    } else {
      text += cell(classes[static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin())]);
      for (const float probability : row) append(text += ",", probability);
    }
    text += "\n";
    if (text.size() > 1 << 16) {
      std::cout << text;
      text.clear();
    }
  }
  std::cout << text;
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
