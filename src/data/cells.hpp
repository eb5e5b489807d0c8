// Rows of a table as a source gives them: all of them, or one block after another. Every cell is a text, and a number
// where it reads as one. Thread safety: Cells do not change after they are made; reading them from many threads is safe,
// but for those on disk.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace backprop::data {

// What a reader fills in.
struct RawCells {
  std::string name;  // of the source, as errors print it: the file, or `<stdin>`
  std::vector<std::string> column_names;
  bool has_header = true;
  std::vector<std::string> notes;  // what a person should know of how the source was read
  std::size_t first_row = 0;       // rows of the source before these
  std::size_t rows = 0;
  std::vector<std::vector<double>> numbers;  // of each column; NaN where a cell is missing or is no number
  bool single = false;                       // the numbers were float32: their spelling is the shortest for that

  // Of sources of text. Where there are none, a number's spelling is its text.
  std::vector<char> bytes;
  struct Text {
    std::uint32_t begin = 0, length = 0;  // bytes, from the begin of its row
  };
  std::vector<Text> texts;               // row by row
  std::vector<std::size_t> row_begins;   // in `bytes`
  std::vector<std::uint64_t> row_lines;  // the line of each row's first cell, from 1; none: rows are counted instead
};

class StoredCells;

class Cells {
 public:
  explicit Cells(RawCells raw);
  Cells(RawCells raw, std::unique_ptr<StoredCells> stored);  // `raw` has only what is no cell
  ~Cells();
  Cells(Cells&&) noexcept;
  Cells& operator=(Cells&&) noexcept;

  const std::string& name() const { return raw_.name; }
  bool has_header() const { return raw_.has_header; }
  const std::vector<std::string>& notes() const { return raw_.notes; }
  std::size_t rows() const { return raw_.rows; }
  std::size_t columns() const { return raw_.column_names.size(); }
  std::size_t first_row() const { return raw_.first_row; }
  // A column without a name is called column_N, counted from 1.
  const std::vector<std::string>& column_names() const { return raw_.column_names; }

  // NaN where the cell is missing or is no number.
  double number(std::size_t row, std::size_t column) const {
    return stored_ ? stored_number(row, column) : raw_.numbers[column][row];
  }
  // Of cells on disk valid until another row of the column is asked for.
  std::string_view cell(std::size_t row, std::size_t column) const {
    if (raw_.texts.empty()) return spelling(row, column);
    const RawCells::Text text = raw_.texts[row * columns() + column];
    return {raw_.bytes.data() + raw_.row_begins[row] + text.begin, text.length};
  }
  // Whether no cell holds a text of its own: numbers alone.
  bool only_numbers() const;
  // The line of the file on which the cell starts, counted from 1, quoted line breaks included; 0 when the source has no
  // lines.
  std::size_t line(std::size_t row, std::size_t column) const;
  // The place of a cell as errors print it: `t.csv:12`, or `t.npy: row 12`.
  std::string place(std::size_t row, std::size_t column) const;

 private:
  struct Spellings;
  std::string_view spelling(std::size_t row, std::size_t column) const;
  double stored_number(std::size_t row, std::size_t column) const;

  RawCells raw_;
  std::unique_ptr<Spellings> spellings_;
  std::unique_ptr<StoredCells> stored_;  // cells on disk
};

}  // namespace backprop::data
