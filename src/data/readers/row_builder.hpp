// Builds cells row by row, for readers whose cells do not lie in the file as they are. Thread safety: value type.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/cells.hpp"

namespace backprop::data {

class RowBuilder {
 public:
  RowBuilder(std::string name, std::vector<std::string> column_names, std::size_t first_row);

  // The next cell of the row: a text that is a number where it reads as one, a text that is none, a number.
  void add(std::string_view text);
  void add_word(std::string_view text);
  void add_number(double number, std::string_view text);
  // Ends the row, which began on `line`; 0 when the source has no lines.
  void end_row(std::uint64_t line);

  std::size_t rows() const { return raw_.rows; }
  Cells finish() &&;

 private:
  RawCells raw_;
  std::size_t column_ = 0;
};

}  // namespace backprop::data
