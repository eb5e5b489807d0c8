#include "cli/prediction_output.hpp"

#include <algorithm>
#include <charconv>
#include <iostream>
#include <optional>

#include "data/readers/table_writer.hpp"

namespace backprop::cli {
namespace {

// A cell by RFC 4180: quoted when it has to be.
std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",;\t\"\r\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

// The shortest decimal that reads back as the same number.
template <class T> std::string shortest(T number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

// Whether a database's number keeps all of it: 007 and +1 are names that a number would cut.
bool is_plain_number(std::string_view cell) {
  if (cell.starts_with('-')) cell.remove_prefix(1);
  return !cell.starts_with('+') && !(cell.size() > 1 && cell[0] == '0' && cell[1] >= '0' && cell[1] <= '9');
}

// The columns of predictions and the cells of a row of them.
class Columns {
 public:
  explicit Columns(const ModelInfo& info) : classes_(info.classes) {
    const bool quantiles = !info.quantiles.empty();
    const bool one = info.targets.size() == 1 || quantiles;
    if (one) names.push_back("prediction");
    for (const std::string& name : classes_) names.push_back("probability_" + name);
    for (const double quantile : info.quantiles) names.push_back("quantile_" + shortest(quantile));
    if (quantiles) middle_ = middle_quantile(info.quantiles);
    for (const std::string& name : info.targets) {
      if (!one) names.push_back("prediction_" + name);
    }
  }
  void append(std::vector<std::string>& cells, std::span<const float> row) const {
    if (!classes_.empty()) {
      cells.push_back(classes_[static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin())]);
    }
    if (middle_) cells.push_back(shortest(row[*middle_]));
    for (const float number : row) cells.push_back(shortest(number));
  }
  bool is_number(std::size_t column) const { return column > 0 || classes_.empty(); }

  std::vector<std::string> names;

 private:
  std::vector<std::string> classes_;
  std::optional<std::size_t> middle_;  // of the quantiles, which stands for all of them
};

class CsvOutput : public PredictionOutput {
 public:
  explicit CsvOutput(const Model& model) : columns_(model.info()), outputs_(model.outputs()) { write(columns_.names); }

  void add(const data::Table& table, std::span<const float> predictions) override {
    std::vector<std::string> cells;
    for (std::size_t r = 0; r < table.rows(); ++r) {
      cells.clear();
      columns_.append(cells, predictions.subspan(r * outputs_, outputs_));
      write(cells);
    }
    std::cout << text_;
    text_.clear();
  }
  void finish() override { std::cout << text_; }

 private:
  void write(const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) text_ += (i > 0 ? "," : "") + csv_cell(cells[i]);
    text_ += "\n";
  }

  Columns columns_;
  std::size_t outputs_;
  std::string text_;
};

class DatabaseOutput : public PredictionOutput {
 public:
  DatabaseOutput(const Model& model, const data::Source& source, const std::string& into)
      : columns_(model.info()),
        outputs_(model.outputs()),
        source_(source),
        into_(into),
        features_(model.info().features) {}

  void add(const data::Table& table, std::span<const float> predictions) override {
    if (!writer_) create(table);
    std::vector<std::string> cells;
    for (std::size_t r = 0; r < table.rows(); ++r) {
      cells.clear();
      for (const std::size_t c : kept_) cells.emplace_back(table.cells().cell(r, c));
      columns_.append(cells, predictions.subspan(r * outputs_, outputs_));
      writer_->add_row(cells);
    }
  }
  void finish() override {
    if (writer_) writer_->commit();
  }

 private:
  void create(const data::Table& table) {
    std::vector<data::NewColumn> columns;
    for (std::size_t c = 0; c < table.columns(); ++c) {
      const std::string& name = table.column_names()[c];
      if (std::find(features_.begin(), features_.end(), name) != features_.end()) continue;
      kept_.push_back(c);
      bool number = table.kind(c) == data::ColumnKind::numeric;
      for (std::size_t r = 0; r < table.rows() && number; ++r) number = is_plain_number(table.cells().cell(r, c));
      columns.push_back({name, number ? data::NewColumn::Type::exact_number : data::NewColumn::Type::text});
    }
    for (std::size_t i = 0; i < columns_.names.size(); ++i) {
      columns.push_back(
          {columns_.names[i], columns_.is_number(i) ? data::NewColumn::Type::number : data::NewColumn::Type::text});
    }
    writer_ = data::create_table(source_, into_, columns);
  }

  Columns columns_;
  std::size_t outputs_;
  data::Source source_;
  std::string into_;
  std::vector<std::string> features_;
  std::vector<std::size_t> kept_;  // columns of the source
  std::unique_ptr<data::TableWriter> writer_;
};

}  // namespace

std::unique_ptr<PredictionOutput> open_output(const Model& model, const data::Source& source, const std::string& into) {
  if (into.empty()) return std::make_unique<CsvOutput>(model);
  data::require_database(source, into);
  return std::make_unique<DatabaseOutput>(model, source, into);
}

}  // namespace backprop::cli
