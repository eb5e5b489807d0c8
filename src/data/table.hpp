// A table with typed columns: which columns are numbers, which are true or false, which are text.
// Thread safety: a Table does not change after it is made; reading it from many threads is safe.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "data/cells.hpp"
#include "data/number.hpp"

namespace backprop::data {

enum class ColumnKind { numeric, boolean, text };
std::string_view to_string(ColumnKind kind);

// A column is numeric when at least 95 % of its filled cells are numbers, boolean when all of them are true/false or
// yes/no (in any case), text otherwise.
class Table {
 public:
  explicit Table(Cells cells);

  const Cells& cells() const { return cells_; }
  const std::string& name() const { return cells_.name(); }
  std::size_t rows() const { return cells_.rows(); }
  std::size_t columns() const { return cells_.columns(); }
  const std::vector<std::string>& column_names() const { return cells_.column_names(); }
  ColumnKind kind(std::size_t column) const { return kinds_[column]; }

  // The numbers of a numeric column, or 0 and 1 of a boolean one. Throws DataError with line and column for a missing
  // cell, for text among numbers, and for a number that float32 cannot hold.
  std::vector<double> numbers(std::size_t column) const;
  // One number; NaN where the cell is missing. Throws as numbers() does for what is neither.
  double number(std::size_t row, std::size_t column) const;
  // The words of a column of any kind. Throws DataError with line and column for a missing cell.
  std::vector<std::string_view> words(std::size_t column) const;

  // Throws DataError `FILE:LINE: column 'NAME': what`.
  [[noreturn]] void fail(std::size_t row, std::size_t column, const std::string& what) const;

 private:
  void refuse_missing(std::size_t row, std::size_t column) const;

  Cells cells_;
  std::vector<ColumnKind> kinds_;
};

// 1 for true and yes, 0 for false and no (in any case), -1 for anything else.
int parse_boolean(std::string_view cell);

// The position of a column given as a name, a number from 1, or `last`; a name is taken first. Throws DataError that
// lists the columns and says which one may be meant.
std::size_t find_column(const Table& table, const std::string& wanted, std::string_view flag);

// The names in "a,b,c"; one where the whole text is a column's name.
std::vector<std::string> split_names(const Table& table, const std::string& list);

// The position of the column of exactly this name, which a model was trained on; `what` is "column" or "the target".
// Throws DataError that lists the columns.
std::size_t find_named_column(const Table& table, const std::string& name, std::string_view what);

// A cell as an error shows it: quoted, cut after 40 bytes, line breaks as blanks.
std::string quote_cell(std::string_view cell);

}  // namespace backprop::data
