#include "data/target.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "backprop/error.hpp"
#include "data/closest_name.hpp"

namespace backprop::data {
namespace {

constexpr std::size_t most_numbered_classes = 20;

// Whether these are exactly the whole numbers 0..K-1 or 1..K.
bool is_numbering(const std::map<double, std::string>& names) {
  if (names.empty() || names.size() > most_numbered_classes) return false;
  double expected = names.begin()->first;
  if (expected != 0.0 && expected != 1.0) return false;
  for (const auto& [value, name] : names) {
    if (value != expected) return false;
    expected += 1.0;
  }
  return true;
}

// Numbers the keys in their order; `names` gives each class the spelling that the file uses first.
template <class Key, class Name>
void number_classes(const std::vector<Key>& keys, const std::map<Key, Name>& names, Target& target) {
  std::unordered_map<Key, std::int64_t> label_of;
  for (const auto& [key, name] : names) {
    label_of.emplace(key, static_cast<std::int64_t>(target.classes.size()));
    target.classes.emplace_back(name);
  }
  for (const Key& key : keys) target.labels.push_back(label_of.at(key));
}

template <class Key>
std::map<Key, std::string> first_spellings(const Table& table, std::size_t column, const std::vector<Key>& keys) {
  std::map<Key, std::string> names;
  for (std::size_t r = 0; r < keys.size(); ++r) names.try_emplace(keys[r], table.cells().cell(r, column));
  return names;
}

void check_classes(const Table& table, const Target& target) {
  const std::string where = table.name() + ": target '" + table.column_names()[target.column] + "': ";
  const std::size_t count = target.classes.size();
  if (count == 1) {
    throw DataError(where + "only one class (" + quote_cell(target.classes[0]) +
                    ") in all rows: there is nothing to learn");
  }
  if (table.rows() < 2 * count) {
    throw DataError(where + "too few rows for its classes (" + std::to_string(table.rows()) + " rows, " +
                    std::to_string(count) + " classes): at least two rows a class are needed");
  }
}

}  // namespace

Target read_target(const Table& table, std::size_t column, std::optional<Task> task) {
  Target target;
  target.column = column;
  const std::string& name = table.column_names()[column];
  const ColumnKind kind = table.kind(column);
  if (kind == ColumnKind::text) {
    if (task == Task::regression) {
      throw DataError(table.name() + ": target '" + name + "' is text: --task regression needs numbers");
    }
    target.task = Task::classification;
    target.reason = task ? "--task says so" : "'" + name + "' is text";
    const std::vector<std::string_view> words = table.words(column);
    number_classes(words, first_spellings(table, column, words), target);
    check_classes(table, target);
    return target;
  }

  std::vector<double> values = table.numbers(column);
  const std::map<double, std::string> names = first_spellings(table, column, values);
  const bool numbering = is_numbering(names);
  const std::string range = names.empty()
                                ? ""
                                : std::to_string(std::llround(std::clamp(names.begin()->first, -1e9, 1e9))) + ".." +
                                      std::to_string(std::llround(std::clamp(names.rbegin()->first, -1e9, 1e9)));
  if (task) {
    target.task = *task;
    target.reason = "--task says so";
  } else if (kind == ColumnKind::boolean) {
    target.task = Task::classification;
    target.reason = "'" + name + "' is true or false";
  } else if (numbering) {
    target.task = Task::classification;
    target.reason = "the values of '" + name + "' are exactly the whole numbers " + range;
  } else {
    target.task = Task::regression;
    target.reason = "'" + name + "' is numeric and its values are not exactly 0..K-1 or 1..K with K at most 20";
  }
  if (target.task == Task::classification) {
    number_classes(values, names, target);
    check_classes(table, target);
  } else {
    if (names.size() < 2) {
      throw DataError(table.name() + ": target '" + name + "': every value is the same: there is nothing to learn");
    }
    target.values = std::move(values);
  }
  return target;
}

std::vector<std::int64_t> match_labels(const Table& table, std::size_t column,
                                       const std::vector<std::string>& classes) {
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
  std::vector<std::int64_t> labels(table.rows());
  const std::vector<std::string_view> words = table.words(column);
  for (std::size_t r = 0; r < words.size(); ++r) {
    if (const auto it = by_name.find(words[r]); it != by_name.end()) {
      labels[r] = it->second;
      continue;
    }
    const auto number = parse_number(words[r]);
    const auto it = number ? by_number.find(*number) : by_number.end();
    const auto truth = all_boolean ? by_truth.find(parse_boolean(words[r])) : by_truth.end();
    if (it != by_number.end()) {
      labels[r] = it->second;
    } else if (truth != by_truth.end()) {
      labels[r] = truth->second;
    } else {
      table.fail(r, column, quote_cell(words[r]) + " is none of the model's classes: " + list_names(classes, 10));
    }
  }
  return labels;
}

}  // namespace backprop::data
