// What is to be predicted: a class or a number, found from the target column's values.
// Thread safety: value types and pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backprop/task.hpp"
#include "data/table.hpp"

namespace backprop::data {

struct Target {
  std::size_t column = 0;
  Task task = Task::regression;
  std::string reason;                // a sentence that says why it is a class or a number
  std::vector<std::string> classes;  // as printed in the file; numbers in numeric order, text in byte order
  std::vector<std::int64_t> labels;  // of each row, an index of `classes`
  std::vector<double> values;        // of each row, for regression
};

// A target is a class if it is text or boolean, or if its values are exactly the whole numbers 0..K-1 or 1..K with K at
// most 20; everything else numeric is regression. `task` overrides. Throws DataError for missing cells, one class only,
// values all the same, fewer than two rows a class, or text that is to be a number.
Target read_target(const Table& table, std::size_t column, std::optional<Task> task = std::nullopt);

// The labels of a column in terms of known classes; numbers are compared as numbers ("1.0" is "1"), booleans as truth.
// Throws DataError with line and column for a class that is not among them.
std::vector<std::int64_t> match_labels(const Table& table, std::size_t column, const std::vector<std::string>& classes);

}  // namespace backprop::data
