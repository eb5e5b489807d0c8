#include "data/csv.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <unordered_map>

#include "backprop/error.hpp"
#include "data/csv_format.hpp"

namespace backprop::data {
namespace {

[[noreturn]] void fail(const std::string& name, std::size_t line, const std::string& what) {
  throw DataError(name + ":" + std::to_string(line) + ": " + what);
}

// Splits the bytes into cells. Quoted cells are unescaped in place: the text only gets shorter.
class Splitter {
 public:
  Splitter(std::vector<char>& bytes, std::size_t start, char delimiter, const std::string& name)
      : at_(bytes.data() + start), end_(bytes.data() + bytes.size()), delimiter_(delimiter), name_(name) {
    for (int c = 0; c < 32; ++c) ends_cell_[static_cast<std::size_t>(c)] = c != '\t';
    ends_cell_[127] = true;
    ends_cell_[static_cast<unsigned char>(delimiter)] = true;
    if (delimiter == ' ') ends_cell_['\t'] = true;
  }

  void run(std::vector<std::string_view>& cells, std::vector<std::uint64_t>& lines) {
    std::size_t columns = 0;
    while (skip_blank_lines()) {
      const std::size_t line = line_;
      const std::size_t first = cells.size();
      while (read_cell(cells)) {
      }
      const std::size_t count = cells.size() - first;
      if (lines.empty()) columns = count;
      if (count != columns) {
        fail(name_, line,
             std::to_string(count) + (count == 1 ? " cell" : " cells") + " where the first row has " +
                 std::to_string(columns) + ": each row needs the same number of cells (" +
                 std::string(describe_delimiter(delimiter_)) + " between them; quote a cell that contains one)");
      }
      lines.push_back(line);
    }
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t'; }
  bool at_line_end() const { return at_ == end_ || *at_ == '\n' || *at_ == '\r'; }
  void skip_blanks() {
    while (at_ != end_ && is_blank(*at_) && (*at_ != delimiter_ || delimiter_ == ' ')) ++at_;
  }
  void skip_line_end() {
    if (*at_ == '\r' && at_ + 1 != end_ && at_[1] == '\n') ++at_;
    ++at_;
    ++line_;
  }

  // Moves to the first cell of the next row; false at the end of the file.
  bool skip_blank_lines() {
    while (at_ != end_) {
      const char* row = at_;
      skip_blanks();
      if (!at_line_end()) {
        if (delimiter_ != ' ') at_ = const_cast<char*>(row);
        return true;
      }
      if (at_ != end_) skip_line_end();
    }
    return false;
  }

  // Appends the cell at the cursor and moves behind it; false when it was the last one of its row.
  bool read_cell(std::vector<std::string_view>& cells) {
    skip_blanks();
    if (at_ != end_ && *at_ == '"') {
      cells.push_back(read_quoted());
      skip_blanks();
    } else {
      const char* begin = at_;
      while (at_ != end_ && !ends_cell_[static_cast<unsigned char>(*at_)]) ++at_;
      if (!at_line_end() && *at_ != delimiter_ && !is_blank(*at_)) refuse_byte();
      const char* last = at_;
      while (last != begin && is_blank(last[-1])) --last;
      cells.emplace_back(begin, static_cast<std::size_t>(last - begin));
      if (delimiter_ == ' ') skip_blanks();
    }
    if (at_line_end()) {
      if (at_ != end_) skip_line_end();
      return false;
    }
    if (delimiter_ == ' ') return true;
    ++at_;  // the delimiter
    return true;
  }

  std::string_view read_quoted() {
    const std::size_t opened = line_;
    char* const begin = ++at_;
    char* write = begin;
    while (true) {
      if (at_ == end_) {
        fail(name_, opened, "a quote opens here and is never closed: close it, or double a quote that is meant");
      }
      const char c = *at_++;
      if (c == '"') {
        if (at_ == end_ || *at_ != '"') break;
        ++at_;
      } else if (c == '\n' || (c == '\r' && (at_ == end_ || *at_ != '\n'))) {
        ++line_;
      } else if (static_cast<unsigned char>(c) < 32 && c != '\t' && c != '\r') {
        --at_;
        refuse_byte();
      }
      *write++ = c;
    }
    skip_blanks();
    if (!at_line_end() && *at_ != delimiter_ && delimiter_ != ' ') {
      fail(name_, line_, "text after a closing quote: double a quote that is meant as text (\"\")");
    }
    return {begin, static_cast<std::size_t>(write - begin)};
  }

  [[noreturn]] void refuse_byte() const {
    std::array<char, 8> hex;
    std::snprintf(hex.data(), hex.size(), "0x%02x", static_cast<unsigned>(static_cast<unsigned char>(*at_)));
    fail(name_, line_, "byte " + std::string(hex.data()) + " is not text: this is not a CSV file");
  }

  char* at_;
  const char* const end_;
  const char delimiter_;
  const std::string& name_;
  std::size_t line_ = 1;
  std::array<bool, 256> ends_cell_ = {};
};

std::vector<std::string> name_columns(const std::string& name, std::size_t line, const std::string_view* header,
                                      std::size_t count) {
  std::vector<std::string> names(count);
  std::unordered_map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < count; ++i) {
    if (header != nullptr) names[i] = header[i];
    // A line break in a quoted name becomes a blank, so that each error stays one line.
    std::replace_if(
        names[i].begin(), names[i].end(), [](char c) { return static_cast<unsigned char>(c) < 32; }, ' ');
    if (names[i].empty()) names[i] = "column_" + std::to_string(i + 1);
    const auto [it, fresh] = seen.emplace(names[i], i + 1);
    if (!fresh) {
      fail(name, line,
           "columns " + std::to_string(it->second) + " and " + std::to_string(i + 1) + " are both called '" + names[i] +
               "': rename one (or, if this line holds data, use --no-header)");
    }
  }
  return names;
}

std::size_t lines_in(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    count += text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'));
  }
  return count;
}

}  // namespace

std::size_t CsvTable::line(std::size_t row, std::size_t column) const {
  std::size_t line = lines_[row];
  for (std::size_t c = 0; c < column; ++c) line += lines_in(cell(row, c));
  return line;
}

CsvTable parse_csv(std::vector<char> bytes, std::string name, const CsvOptions& options) {
  CsvTable table;
  table.name_ = std::move(name);
  table.bytes_ = std::move(bytes);
  const std::string_view text(table.bytes_.data(), table.bytes_.size());
  const std::size_t start = check_text(text, table.name_);
  table.delimiter_ = find_delimiter(text.substr(start));
  Splitter(table.bytes_, start, table.delimiter_, table.name_).run(table.cells_, table.lines_);
  if (table.lines_.empty()) throw DataError(table.name_ + ": the file is empty: a table with a header line is needed");

  const std::size_t columns = table.cells_.size() / table.lines_.size();
  table.has_header_ = options.header ? *options.header : looks_like_header(table.cells_, columns);
  table.column_names_ =
      name_columns(table.name_, table.lines_[0], table.has_header_ ? table.cells_.data() : nullptr, columns);
  if (table.has_header_) {
    table.first_cell_ = columns;
    table.lines_.erase(table.lines_.begin());
    if (table.lines_.empty()) {
      throw DataError(table.name_ + ": only a header line, no rows: add data (or use --no-header if it is data)");
    }
  }
  return table;
}

CsvTable read_csv(const std::string& path, const CsvOptions& options) {
  const std::string name = path == "-" ? "<stdin>" : path;
  const auto close = [](std::FILE* f) { return f == stdin ? 0 : std::fclose(f); };
  const std::unique_ptr<std::FILE, decltype(close)> file(path == "-" ? stdin : std::fopen(path.c_str(), "rb"), close);
  if (!file) throw DataError(name + ": cannot be opened: " + std::strerror(errno));
  std::error_code unknown;  // a pipe has no size
  const std::uintmax_t size = path == "-" ? 0 : std::filesystem::file_size(path, unknown);
  std::vector<char> bytes(std::max<std::size_t>(unknown ? 0 : size + 1, 1 << 16));
  std::size_t used = 0;
  while (true) {
    if (used == bytes.size()) bytes.resize(2 * used);
    errno = 0;
    const std::size_t got = std::fread(bytes.data() + used, 1, bytes.size() - used, file.get());
    used += got;
    if (std::ferror(file.get())) throw DataError(name + ": cannot be read: " + std::strerror(errno));
    if (got == 0) break;
  }
  bytes.resize(used);
  return parse_csv(std::move(bytes), name, options);
}

bool is_missing(std::string_view cell) {
  if (cell.empty() || cell == "?") return true;
  if (cell.size() > 4) return false;
  std::string lower(cell);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  return lower == "na" || lower == "nan" || lower == "null";
}

std::optional<double> parse_number(std::string_view cell) {
  if (!cell.empty() && cell[0] == '+') {
    cell.remove_prefix(1);
    if (!cell.empty() && cell[0] == '-') return std::nullopt;
  }
  // from_chars also reads "inf" and "nan": a number starts with a digit or a point.
  const std::size_t digit = !cell.empty() && cell[0] == '-' ? 1 : 0;
  if (digit >= cell.size() || ((cell[digit] < '0' || cell[digit] > '9') && cell[digit] != '.')) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  if (end != cell.data() + cell.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // Too small for a double is zero, too large is no number.
    const std::size_t exponent = cell.find_first_of("eE");
    const bool small =
        exponent != std::string_view::npos ? cell[exponent + 1] == '-' : cell[digit] == '0' || cell[digit] == '.';
    if (!small) return std::nullopt;
    return 0.0;
  }
  if (error != std::errc()) return std::nullopt;
  return number;
}

}  // namespace backprop::data
