#include "data/preprocessing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backprop/compile.hpp"
#include "backprop/error.hpp"

namespace backprop::data {
namespace {

constexpr std::int64_t block_rows = 1024;

// The mean of the two middle values of an even number of them.
float median(std::vector<float> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  const float below = *std::max_element(values.begin(), middle);
  return static_cast<float>((static_cast<double>(below) + static_cast<double>(*middle)) / 2);
}

// `values` with NaN where missing.
NumberScale fit_numbers(std::vector<float> values, bool tame_tails) {
  NumberScale number;
  std::vector<float> filled;
  for (const float x : values) {
    if (!std::isnan(x)) filled.push_back(x);
  }
  number.indicator = filled.size() < values.size();
  if (!filled.empty()) number.fill = median(std::move(filled));
  for (float& x : values) x = std::isnan(x) ? number.fill : x;
  number.scale = fit_scales(values, 1)[0];
  if (!tame_tails) return number;
  for (float& x : values) {
    const double z = number.scale.apply(x);
    x = static_cast<float>(std::copysign(std::log1p(std::abs(z)), z));
  }
  number.tamed = fit_scales(values, 1)[0];
  return number;
}

TextCodes boolean_codes() {
  const double missing = std::numeric_limits<double>::quiet_NaN();
  return {.texts = {"true", "True", "TRUE", "yes", "Yes", "YES", "false", "False", "FALSE", "no", "No", "NO", ""},
          .codes = {1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, missing},
          .otherwise = missing};
}

// Categories in the order of their bytes, then the missing cell, then all that are rare. What was never seen gets the
// code of the rare ones, or one that stands for nothing.
void fit_categories(const Table& table, const ColumnRole& role, std::span<const std::uint32_t> rows,
                    const PreprocessingOptions& options, PreparedColumn& column) {
  std::map<std::string, std::size_t> counts;
  for (const std::uint32_t r : rows) ++counts[category_of(table.cells().cell(r, role.column), column.raw.numbers)];
  const std::size_t fewest = options.fewest_rows.value_or(std::clamp<std::size_t>(rows.size() / 30, 1, 3));
  TextCodes& codes = column.raw.codes;
  const auto add = [&](const std::string& text, const std::string& name) {
    codes.texts.push_back(text);
    codes.codes.push_back(static_cast<double>(column.categories++));
    column.features.push_back(role.name + name);
  };
  bool rare = false;
  for (const auto& [text, count] : counts) {
    if (text.empty()) continue;
    if (count >= fewest) add(text, "=" + text);
    rare = rare || count < fewest;
  }
  const auto missing = counts.find("");
  if (missing != counts.end() && missing->second >= fewest) add("", " missing");
  codes.otherwise = static_cast<double>(column.categories);
  if (rare) {
    column.features.push_back(role.name + " other");
    ++column.categories;
  }
  if (column.categories <= options.most_one_hot) return;
  // fast.ai's rule of thumb for the width of an embedding
  const double width = std::round(1.6 * std::pow(static_cast<double>(column.categories), 0.56));
  column.embedding = std::min<std::int64_t>(static_cast<std::int64_t>(width), 100);
  column.features = {role.name};
}

PreparedColumn fit_column(const Table& table, const ColumnRole& role, std::span<const std::uint32_t> rows,
                          const PreprocessingOptions& options) {
  PreparedColumn column;
  column.role = role.role;
  column.raw.name = role.name;
  if (role.role == Role::categorical) {
    column.raw.type = ColumnType::text;
    column.raw.dtype = DType::int64;
    column.raw.numbers = table.kind(role.column) == ColumnKind::numeric;
    fit_categories(table, role, rows, options, column);
    return column;
  }
  if (role.role == Role::boolean) {
    column.raw.type = ColumnType::text;
    column.raw.codes = boolean_codes();
  } else if (role.role == Role::date) {
    column.raw.type = ColumnType::date;
    column.raw.dtype = DType::int64;
    column.raw.order = role.date_order.value_or(DateOrder::year_month_day);
  }
  const Tensor cells = std::move(RawColumns({column.raw}).read(table, rows)[0]);
  std::vector<float> values;
  values.reserve(rows.size());
  if (role.role == Role::date) {
    for (const std::int64_t days : cells.as<std::int64_t>()) {
      values.push_back(days == missing_date ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(days));
    }
  } else {
    const auto numbers = cells.as<float>();
    values.assign(numbers.begin(), numbers.end());
  }
  column.number = fit_numbers(std::move(values), options.tame_tails && role.role == Role::numeric);
  column.features = {role.name};
  return column;
}

}  // namespace

Preprocessing Preprocessing::fit(const Table& table, std::span<const std::uint32_t> rows,
                                 const std::vector<ColumnRole>& roles, const PreprocessingOptions& options) {
  if (rows.empty()) throw Error("[preprocessing] no rows to fit it on");
  Preprocessing fitted;
  for (const ColumnRole& role : roles) {
    if (is_used(role.role)) {
      fitted.columns_.push_back(fit_column(table, role, rows, options));
    } else {
      fitted.left_out_.push_back(role);
    }
  }
  if (fitted.columns_.empty()) {
    throw DataError(table.name() + ": no column is left to learn from: at least one besides the target must hold" +
                    " numbers, categories or dates that are not all the same");
  }
  return fitted;
}

std::string input_name(const std::string& column) {
  const bool output = column == "label" || column == "probabilities" || column == "prediction";
  const bool state = column.ends_with(".weight") || column.ends_with(".bias");
  return output || state ? column + " (column)" : column;
}

TextInputs Preprocessing::text_inputs() const {
  TextInputs inputs;
  for (const PreparedColumn& column : columns_) {
    if (column.raw.type == ColumnType::text) inputs.emplace(input_name(column.raw.name), column.raw.codes);
  }
  return inputs;
}

std::vector<RawColumn> Preprocessing::raw_columns() const {
  std::vector<RawColumn> raw;
  for (const PreparedColumn& column : columns_) raw.push_back(column.raw);
  return raw;
}

Matrix Preprocessing::apply(const Table& table, std::span<const std::uint32_t> rows) const {
  Matrix matrix{rows.size(), static_cast<std::size_t>(features()), {}};
  matrix.values.reserve(matrix.rows * matrix.columns);
  apply(table, rows,
        [&](std::span<const float> block) { matrix.values.insert(matrix.values.end(), block.begin(), block.end()); });
  return matrix;
}

void Preprocessing::apply(const Table& table, std::span<const std::uint32_t> rows,
                          const std::function<void(std::span<const float>)>& take) const {
  const RawColumns reader(raw_columns());
  Graph graph;
  Compiled compiled = compile(write(graph));
  for (std::size_t first = 0; first < rows.size(); first += block_rows) {
    std::vector<Tensor> cells =
        reader.read(table, rows.subspan(first, std::min<std::size_t>(block_rows, rows.size() - first)));
    const std::vector<TensorView> views(cells.begin(), cells.end());
    compiled.run(views);
    take(compiled.output().as<float>());
  }
}

}  // namespace backprop::data
