#include "data/target.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>

#include "backprop/error.hpp"
#include "data/closest_name.hpp"

namespace backprop::data {
namespace {

constexpr std::size_t most_numbered_classes = 20, no_limit = std::numeric_limits<std::size_t>::max();

// Whether these are exactly the whole numbers 0..K-1 or 1..K.
bool is_numbering(const std::map<double, std::string, std::less<>>& names) {
  if (names.empty() || names.size() > most_numbered_classes) return false;
  double expected = names.begin()->first;
  if (expected != 0.0 && expected != 1.0) return false;
  for (const auto& [value, name] : names) {
    if (value != expected) return false;
    expected += 1.0;
  }
  return true;
}

// A label without the characters that are no part of it at its end.
std::string_view trimmed(std::string_view cell, const std::string& trim) {
  const std::size_t last = cell.find_last_not_of(trim);
  return trim.empty() ? cell : cell.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// The classes in the order of their keys, each under the spelling that the file uses first; `key_of` gives nothing for a
// missing cell. Of more than `most` of them it gives one too many, and leaves the target as it is.
template <class Key, class KeyOf>
std::map<Key, std::string, std::less<>> number_classes(const Table& table, const std::string& trim, std::size_t most,
                                                       KeyOf key_of, Target& target) {
  std::map<Key, std::string, std::less<>> names;
  for (std::size_t r = 0; r < table.rows(); ++r) {
    const auto key = key_of(r);
    if (!key || names.find(*key) != names.end()) continue;
    names.emplace(*key, trimmed(table.cells().cell(r, target.columns[0]), trim));
    if (names.size() > most) return names;
  }
  std::unordered_map<typename decltype(key_of(0))::value_type, std::int64_t> label_of;
  for (const auto& [key, name] : names) {
    label_of.emplace(key, static_cast<std::int64_t>(label_of.size()));
    target.classes.push_back(name);
  }
  target.labels.reserve(table.rows());
  for (std::size_t r = 0; r < table.rows(); ++r) {
    const auto key = key_of(r);
    target.labels.push_back(key ? label_of.at(*key) : -1);
  }
  return names;
}

void check_classes(const Table& table, const Target& target) {
  const std::string where = table.name() + ": target '" + table.column_names()[target.columns[0]] + "': ";
  const std::size_t count = target.classes.size();
  if (count == 1) {
    throw DataError(where + "only one class (" + quote_cell(target.classes[0]) +
                    ") in all rows: there is nothing to learn");
  }
  if (target.rows.size() < 2 * count) {
    throw DataError(where + "too few rows for its classes (" + std::to_string(target.rows.size()) + " rows, " +
                    std::to_string(count) + " classes): at least two rows a class are needed");
  }
}

// The numbers of a numeric or boolean column as classes, and how far they reach.
struct Numbered {
  bool numbering = false;
  std::string range;
};

Numbered number_values(const Table& table, std::size_t most, Target& target) {
  const std::size_t column = target.columns[0];
  const bool boolean = table.kind(column) == ColumnKind::boolean;
  const auto names = number_classes<double>(
      table, "", most,
      [&](std::size_t r) -> std::optional<double> {
        const std::string_view cell = table.cells().cell(r, column);
        if (is_missing(cell)) return std::nullopt;
        return boolean ? parse_boolean(cell) : table.number(r, column);
      },
      target);
  if (names.empty()) return {};
  const auto whole = [](double x) { return std::to_string(std::llround(std::clamp(x, -1e9, 1e9))); };
  return {is_numbering(names), whole(names.begin()->first) + ".." + whole(names.rbegin()->first)};
}

void refuse_constants(const Table& table, const Target& target) {
  for (std::size_t t = 0; t < target.columns.size(); ++t) {
    const auto value = [&](std::uint32_t r) { return target.values[r * target.columns.size() + t]; };
    const double first = value(target.rows[0]);
    if (std::any_of(target.rows.begin(), target.rows.end(), [&](auto r) { return value(r) != first; })) continue;
    throw DataError(table.name() + ": target '" + table.column_names()[target.columns[t]] +
                    "': every value is the same: there is nothing to learn");
  }
}

}  // namespace

void find_known_rows(const Table& table, Target& target) {
  target.rows.reserve(table.rows());
  for (std::size_t r = 0; r < table.rows(); ++r) {
    const bool known = std::none_of(target.columns.begin(), target.columns.end(),
                                    [&](std::size_t c) { return is_missing(table.cells().cell(r, c)); });
    if (known) target.rows.push_back(static_cast<std::uint32_t>(r));
  }
}

void read_values(const Table& table, Target& target) {
  target.values.reserve(table.rows() * target.columns.size());
  for (std::size_t r = 0; r < table.rows(); ++r) {
    for (const std::size_t c : target.columns) target.values.push_back(table.number(r, c));
  }
}

std::vector<std::size_t> find_targets(const Table& table, const std::string& wanted) {
  std::vector<std::size_t> columns;
  for (const std::string& name : split_names(table, wanted)) {
    columns.push_back(find_column(table, name, "--target"));
    if (std::count(columns.begin(), columns.end(), columns.back()) > 1) {
      throw DataError(table.name() + ": --target " + wanted + ": column '" + table.column_names()[columns.back()] +
                      "' is named twice");
    }
  }
  return columns;
}

Target read_target(const Table& table, const std::vector<std::size_t>& columns, const TargetOptions& options) {
  Target target;
  target.columns = columns;
  find_known_rows(table, target);
  if (target.rows.empty()) {
    throw DataError(table.name() + ": target '" + table.column_names()[columns[0]] + "': it is missing in every row");
  }
  for (const std::size_t column : columns) {
    const std::string name = table.column_names()[column];
    if (table.kind(column) == ColumnKind::numeric) continue;
    if (columns.size() > 1 && table.kind(column) != ColumnKind::numeric) {
      throw DataError(table.name() + ": target '" + name + "' is " + std::string(to_string(table.kind(column))) +
                      ": several targets must all be numbers");
    }
    if (table.kind(column) == ColumnKind::text && options.task == Task::regression) {
      throw DataError(table.name() + ": target '" + name + "' is text: --task regression needs numbers");
    }
  }
  if (columns.size() > 1 && options.task == Task::classification) {
    throw UsageError("--task classification: needs one target, " + std::to_string(columns.size()) + " are named");
  }
  const std::string& name = table.column_names()[columns[0]];
  const ColumnKind kind = table.kind(columns[0]);
  if (kind == ColumnKind::text) {
    target.task = Task::classification;
    target.reason = "'" + name + "' is text";
    number_classes<std::string>(
        table, options.trim, no_limit,
        [&](std::size_t r) -> std::optional<std::string_view> {
          const std::string_view cell = table.cells().cell(r, columns[0]);
          return is_missing(cell) ? std::nullopt : std::optional(trimmed(cell, options.trim));
        },
        target);
  } else {
    const std::size_t most = options.task == Task::classification ? no_limit : most_numbered_classes;
    const Numbered numbered = columns.size() == 1 ? number_values(table, most, target) : Numbered{};
    target.task = kind == ColumnKind::boolean || numbered.numbering ? Task::classification : Task::regression;
    target.reason = columns.size() > 1            ? "several targets are numbers"
                    : kind == ColumnKind::boolean ? "'" + name + "' is true or false"
                    : numbered.numbering
                        ? "the values of '" + name + "' are exactly the whole numbers " + numbered.range
                        : "'" + name + "' is numeric and its values are not exactly 0..K-1 or 1..K with K at most 20";
  }
  if (options.task) {
    target.task = *options.task;
    target.reason = "--task says so";
  }
  if (target.task == Task::classification) {
    check_classes(table, target);
  } else {
    target.classes.clear();
    target.labels.clear();
    read_values(table, target);
    refuse_constants(table, target);
  }
  return target;
}

Target with_quantiles(Target target, const std::vector<double>& quantiles) {
  const std::vector<double> values = std::move(target.values);
  target.columns.assign(quantiles.size(), target.columns.at(0));
  target.values.clear();
  for (const double value : values) target.values.insert(target.values.end(), quantiles.size(), value);
  target.quantiles = quantiles;
  return target;
}

std::vector<std::int64_t> match_labels(const Table& table, std::size_t column, const std::vector<std::string>& classes,
                                       const std::string& trim) {
  std::map<std::string, std::int64_t, std::less<>> by_name;
  std::map<double, std::int64_t> by_number;
  std::map<int, std::int64_t> by_truth;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto label = static_cast<std::int64_t>(i);
    by_name.emplace(classes[i], label);
    if (const auto number = parse_number(classes[i])) by_number.emplace(*number, label);
    if (const int truth = parse_boolean(classes[i]); truth >= 0) by_truth.emplace(truth, label);
  }
  const bool all_boolean = by_truth.size() == classes.size();
  std::vector<std::int64_t> labels(table.rows(), -1);
  for (std::size_t r = 0; r < table.rows(); ++r) {
    const std::string_view cell = table.cells().cell(r, column);
    if (is_missing(cell)) continue;
    const std::string_view word = trimmed(cell, trim);
    if (const auto it = by_name.find(word); it != by_name.end()) {
      labels[r] = it->second;
      continue;
    }
    const auto number = parse_number(word);
    const auto it = number ? by_number.find(*number) : by_number.end();
    const auto truth = all_boolean ? by_truth.find(parse_boolean(word)) : by_truth.end();
    if (it != by_number.end()) {
      labels[r] = it->second;
    } else if (truth != by_truth.end()) {
      labels[r] = truth->second;
    } else {
      const std::string end(cell.substr(cell.empty() ? 0 : cell.size() - 1));
      const bool trimmable = by_name.contains(trimmed(cell, end));
      table.fail(r, column,
                 quote_cell(cell) + " is none of the model's classes: " + list_names(classes, 10) +
                     (trimmable ? " (--trim-labels '" + end + "' takes the '" + end + "' off its end)" : ""));
    }
  }
  return labels;
}

}  // namespace backprop::data
