// What is to be predicted: a class or numbers, found from the target columns' values.
// Thread safety: value types and pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backprop/task.hpp"
#include "data/table.hpp"

namespace backprop::data {

struct TargetOptions {
  std::optional<Task> task = {};  // none: found from the values
  std::string trim = {};          // characters that are no part of a label at its end: "." for ">50K."
};

struct Target {
  std::vector<std::size_t> columns;  // one, or several that are numbers
  Task task = Task::regression;
  std::string reason;                // a sentence that says why it is a class or a number
  std::vector<std::string> classes;  // as printed in the file; numbers in numeric order, text in byte order
  std::vector<std::int64_t> labels;  // of each row, an index of `classes`; -1 where the cell is missing
  std::vector<double> values;        // for regression [rows, columns], row-major; NaN where the cell is missing
  std::vector<std::uint32_t> rows;   // those whose target is known, ascending
  std::vector<double> quantiles;     // of each column the one to be predicted; empty: the means are
};

// The columns that --target names: one column, or several with commas between them. Throws DataError as find_column().
std::vector<std::size_t> find_targets(const Table& table, const std::string& wanted);

// The values of numeric target columns, for all rows; NaN where missing. Throws DataError for a cell that is no number.
void read_values(const Table& table, Target& target);
// Lists the rows in which no target is missing.
void find_known_rows(const Table& table, Target& target);

// A target is a class if it is text or boolean, or if its values are exactly the whole numbers 0..K-1 or 1..K with K at
// most 20; everything else numeric is regression, as are several targets. Throws DataError for no known value, one class
// only, values all the same, fewer than two rows a class, or text that is to be a number.
Target read_target(const Table& table, const std::vector<std::size_t>& columns, const TargetOptions& options = {});

// The column of a target that is a number once for each of these quantiles of it, which ascend.
Target with_quantiles(Target target, const std::vector<double>& quantiles);

// The labels of a column in terms of known classes, -1 where the cell is missing; numbers are compared as numbers ("1.0"
// is "1"), booleans as truth. Throws DataError with line and column for a class that is not among them.
std::vector<std::int64_t> match_labels(const Table& table, std::size_t column, const std::vector<std::string>& classes,
                                       const std::string& trim = "");

}  // namespace backprop::data
