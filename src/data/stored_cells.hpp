// The cells of a table that is larger than memory, in a scratch file: of each column the rows around the one asked for
// last are in memory, so that going through rows in their order is quick. Thread safety: one thread at a time.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "data/row_reader.hpp"
#include "data/scratch_file.hpp"

namespace backprop::data {

class StoredCells {
 public:
  explicit StoredCells(std::size_t columns) : columns_(columns), resident_(columns + 1) {}

  // The next rows of the table.
  void add(const Cells& block);

  std::uint64_t bytes() const { return size_; }  // on disk
  bool only_numbers() const { return only_numbers_; }
  double number(std::size_t row, std::size_t column);
  // Valid until another row of the column is asked for.
  std::string_view cell(std::size_t row, std::size_t column);
  std::size_t line(std::size_t row);  // as Cells::line() of the first column

 private:
  // A block's rows of a column: their numbers, lengths and texts, one behind the other.
  struct Page {
    std::uint64_t at = 0, bytes = 0;
  };
  struct Resident {
    std::size_t first = 0, rows = 0;
    std::vector<double> numbers;
    std::vector<std::uint32_t> lengths;  // of the texts
    std::vector<std::uint64_t> begins;   // of the texts, or the lines
    std::vector<char> texts;
  };
  void append(std::span<const std::byte> bytes);
  const Resident& load(std::size_t row, std::size_t column);

  std::size_t columns_;
  bool only_numbers_ = true;
  ScratchFile file_ = ScratchFile(false);
  std::uint64_t size_ = 0;
  std::vector<Page> pages_;                // of each block those of all columns, and the lines of the rows
  std::vector<std::size_t> begins_ = {0};  // rows before each block, and before the end
  std::vector<Resident> resident_;         // of each column, and the lines
};

// All rows of the reader, as read_all() gives them, but on disk. Throws DataError, also when there is not one.
Cells store_all(RowReader& reader);

}  // namespace backprop::data
