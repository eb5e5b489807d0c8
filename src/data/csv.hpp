// Our own reader of text tables: RFC 4180 quotes, cells separated by `,` `;` tab or runs of blanks (found from the
// bytes), LF, CRLF or CR, UTF-8 with or without a byte order mark, blank lines skipped, with or without a header line.
// One pass over the bytes; every cell is a view into one buffer.
// Thread safety: a CsvTable is a value that does not change after reading; reading it from many threads is safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backprop::data {

struct CsvOptions {
  std::optional<bool> header;  // unset: found from the first rows
};

// The cells of a file. Cells are trimmed of surrounding blanks; quoted ones are unquoted and kept as they are.
class CsvTable {
 public:
  CsvTable(const CsvTable&) = delete;  // the cells are views into the buffer
  CsvTable& operator=(const CsvTable&) = delete;
  CsvTable(CsvTable&&) = default;
  CsvTable& operator=(CsvTable&&) = default;

  const std::string& name() const { return name_; }  // as errors print it: the file, or `<stdin>`
  char delimiter() const { return delimiter_; }      // ' ' for runs of blanks
  bool has_header() const { return has_header_; }
  std::size_t rows() const { return lines_.size(); }
  std::size_t columns() const { return column_names_.size(); }
  // The header's names; a column without one is called column_N, counted from 1.
  const std::vector<std::string>& column_names() const { return column_names_; }
  std::string_view cell(std::size_t row, std::size_t column) const {
    return cells_[first_cell_ + row * columns() + column];
  }
  // The line of the file on which the cell starts, counted from 1, quoted line breaks included.
  std::size_t line(std::size_t row, std::size_t column) const;

 private:
  friend CsvTable parse_csv(std::vector<char> bytes, std::string name, const CsvOptions& options);
  CsvTable() = default;

  std::string name_;
  std::vector<char> bytes_;
  std::vector<std::string_view> cells_;  // row by row, the header's first
  std::vector<std::uint64_t> lines_;     // of each row's first cell
  std::vector<std::string> column_names_;
  std::size_t first_cell_ = 0;
  char delimiter_ = ',';
  bool has_header_ = false;
};

// Reads a file, or the standard input for "-". Throws DataError with one line `FILE:LINE: what: what to do`.
CsvTable read_csv(const std::string& path, const CsvOptions& options = {});
// The same of bytes in memory; `name` stands for the file in errors.
CsvTable parse_csv(std::vector<char> bytes, std::string name, const CsvOptions& options = {});

// A cell that stands for a missing value: empty, ?, NA, NaN, null (in any case).
bool is_missing(std::string_view cell);
// The number in a cell, wholly and in any locale: 1, -2.5, +3, 1e-4. No infinities, no NaN, no hexadecimal.
std::optional<double> parse_number(std::string_view cell);

}  // namespace backprop::data
