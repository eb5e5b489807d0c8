#include "data/table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

#include "backprop/error.hpp"
#include "data/closest_name.hpp"

namespace backprop::data {
namespace {

// Counts of the filled cells of a column, by what they hold.
struct Filled {
  std::size_t all = 0, numbers = 0, booleans = 0;

  ColumnKind kind() const {
    if (all > 0 && booleans == all) return ColumnKind::boolean;
    // A column without a filled cell counts as numeric: its missing cells are an error either way.
    return numbers * 100 >= all * 95 ? ColumnKind::numeric : ColumnKind::text;
  }
};

}  // namespace

std::string_view to_string(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::numeric: return "numeric";
    case ColumnKind::boolean: return "boolean";
    default: return "text";
  }
}

int parse_boolean(std::string_view cell) {
  if (cell.size() < 2 || cell.size() > 5) return -1;
  std::string lower(cell);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  if (lower == "true" || lower == "yes") return 1;
  return lower == "false" || lower == "no" ? 0 : -1;
}

Table::Table(Cells cells) : cells_(std::move(cells)) {
  for (std::size_t c = 0; c < columns(); ++c) {
    Filled filled;
    for (std::size_t r = 0; r < rows(); ++r) {
      if (!std::isnan(cells_.number(r, c))) {
        ++filled.numbers;
        ++filled.all;
      } else if (!cells_.only_numbers()) {
        const std::string_view cell = cells_.cell(r, c);
        filled.all += !is_missing(cell);
        filled.booleans += parse_boolean(cell) >= 0;
      }
    }
    kinds_.push_back(filled.kind());
  }
}

std::vector<double> Table::numbers(std::size_t column) const {
  if (kind(column) == ColumnKind::text) throw Error("[table] column '" + column_names()[column] + "' is text");
  if (kind(column) == ColumnKind::boolean) {
    std::vector<double> numbers(rows());
    for (std::size_t r = 0; r < rows(); ++r) {
      refuse_missing(r, column);
      numbers[r] = parse_boolean(cells_.cell(r, column));
    }
    return numbers;
  }
  std::vector<double> numbers(rows());
  for (std::size_t r = 0; r < rows(); ++r) {
    numbers[r] = number(r, column);
    if (std::isnan(numbers[r])) refuse_missing(r, column);
  }
  return numbers;
}

double Table::number(std::size_t row, std::size_t column) const {
  const bool numeric = kind(column) == ColumnKind::numeric;
  const double number = cells_.number(row, column);
  if (std::abs(number) <= static_cast<double>(std::numeric_limits<float>::max())) return number;
  const std::string_view cell = cells_.cell(row, column);
  if (is_missing(cell)) return number;
  if (!std::isnan(number)) fail(row, column, quote_cell(cell) + " is too large for float32: rescale the column");
  fail(row, column,
       quote_cell(cell) + " is not a number" +
           (numeric ? ", and at least 95 % of this column are: correct the cell, or use --categorical" : ""));
}

std::vector<std::string_view> Table::words(std::size_t column) const {
  std::vector<std::string_view> words(rows());
  for (std::size_t r = 0; r < rows(); ++r) {
    refuse_missing(r, column);
    words[r] = cells_.cell(r, column);
  }
  return words;
}

void Table::refuse_missing(std::size_t row, std::size_t column) const {
  const std::string_view cell = cells_.cell(row, column);
  if (!is_missing(cell)) return;
  fail(row, column,
       (cell.empty() ? "the cell is empty" : quote_cell(cell) + " stands for a missing value") +
           std::string(": fill it in, or remove the row or the column"));
}

void Table::fail(std::size_t row, std::size_t column, const std::string& what) const {
  throw DataError(cells_.place(row, column) + ": column '" + column_names()[column] + "': " + what);
}

std::size_t find_column(const Table& table, const std::string& wanted, std::string_view flag) {
  const std::vector<std::string>& names = table.column_names();
  const auto it = std::find(names.begin(), names.end(), wanted);
  if (it != names.end()) return static_cast<std::size_t>(it - names.begin());
  if (wanted == "last") return names.size() - 1;
  const std::string flagged = std::string(flag) + " " + wanted + ": ";
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  if (!wanted.empty() && end == wanted.data() + wanted.size()) {
    if (error == std::errc() && number >= 1 && number <= names.size()) return number - 1;
    throw DataError(table.name() + ": " + flagged + "the table has columns 1 to " + std::to_string(names.size()));
  }
  const std::string header = table.cells().has_header() ? "" : ", and the file has no header line";
  throw DataError(table.name() + ": " + flagged + "no such column" + did_you_mean(wanted, names) + header +
                  "; the columns are " + list_names(names));
}

std::vector<std::string> split_names(const Table& table, const std::string& list) {
  const std::vector<std::string>& names = table.column_names();
  if (std::find(names.begin(), names.end(), list) != names.end()) return {list};
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t comma = list.find(','); comma != std::string::npos; comma = list.find(',', begin)) {
    parts.push_back(list.substr(begin, comma - begin));
    begin = comma + 1;
  }
  parts.push_back(list.substr(begin));
  return parts;
}

std::size_t find_named_column(const Table& table, const std::string& name, std::string_view what) {
  const std::vector<std::string>& names = table.column_names();
  const auto it = std::find(names.begin(), names.end(), name);
  if (it != names.end()) return static_cast<std::size_t>(it - names.begin());
  throw DataError(
      table.name() + ": " + std::string(what) + " '" + name + "', which the model was trained on, is missing" +
      did_you_mean(name, names) +
      (table.cells().has_header() ? "; the columns are " + list_names(names) : ": the file has no header line"));
}

std::string quote_cell(std::string_view cell) {
  constexpr std::size_t most = 40;
  std::size_t length = std::min(cell.size(), most);
  // Not in the middle of a UTF-8 sequence.
  while (length > 0 && length < cell.size() && (static_cast<unsigned char>(cell[length]) & 0xC0) == 0x80) --length;
  std::string text(cell.substr(0, length));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 32; }, ' ');
  return "'" + text + (length < cell.size() ? "..." : "") + "'";
}

}  // namespace backprop::data
