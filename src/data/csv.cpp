#include "data/csv.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <utility>

#include "backprop/error.hpp"
#include "data/column_names.hpp"
#include "data/csv_format.hpp"

namespace backprop::data {
namespace {

constexpr std::size_t chunk = std::size_t{1} << 20;  // bytes read at once: enough to find the format, little to hold
constexpr std::size_t some_rows = 1000;              // that tell how long rows are

[[noreturn]] void fail(const std::string& name, std::size_t line, const std::string& what) {
  throw DataError(name + ":" + std::to_string(line) + ": " + what);
}

// A large table spends a quarter of its reading time on page faults in small pages.
template <class T> void reserve_in_large_pages(std::vector<T>& list, std::size_t size) {
  constexpr std::uintptr_t page = std::uintptr_t{2} << 20;
  list.reserve(size);
  const auto begin = reinterpret_cast<std::uintptr_t>(list.data()), end = begin + size * sizeof(T);
  const std::uintptr_t first = (begin + page - 1) / page * page;
  if (end < first + page) return;
  madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);  // a wish: whatever it says is fine
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Cuts rows into cells. The bytes may end in the middle of a row, when there are more to come.
class Splitter {
 public:
  Splitter(char delimiter, bool decimal_comma, const std::string& name)
      : delimiter_(delimiter), point_(decimal_comma ? ',' : '.'), name_(name) {
    for (int c = 0; c < 32; ++c) ends_cell_[static_cast<std::size_t>(c)] = c != '\t';
    ends_cell_[127] = true;
    ends_cell_[static_cast<unsigned char>(delimiter)] = true;
    if (delimiter == ' ') ends_cell_['\t'] = true;
  }

  std::size_t line = 1;     // of the cursor
  std::size_t columns = 0;  // of the first row; 0 before it

  // Appends the row at `at` to `raw` and moves behind it. False at the end of the bytes: nothing is appended then, and
  // `at` stands behind the blank lines, at a row that is not whole unless `whole` says that no bytes follow.
  bool next_row(char*& at, char* end, bool whole, RawCells& raw, const char* base) {
    at_ = at;
    end_ = end;
    whole_ = whole;
    if (!skip_blank_lines(at)) return false;
    const std::size_t line_before = line, texts_before = raw.texts.size();
    row_ = at;
    escaped_.clear();
    std::size_t count = 0;
    bool more = true;
    while (more) {
      if (raw.numbers.size() <= count) raw.numbers.resize(count + 1);  // of the first row only
      if (columns != 0 && count == columns) break;
      if (!read_cell(raw, count, more)) {
        drop_row(raw, count, texts_before);
        line = line_before;
        return false;
      }
      ++count;
    }
    if (more) count += rest_of_row();
    if (columns == 0) columns = count;
    if (count != columns) refuse_count(line_before, count);
    for (const std::size_t text : escaped_) unescape(raw.texts[text]);
    if (at_ > row_ && static_cast<std::uint64_t>(at_ - row_) > std::numeric_limits<std::uint32_t>::max()) {
      fail(name_, line_before, "a row of more than 4 GB: is a quote or a line break missing?");
    }
    raw.row_begins.push_back(static_cast<std::size_t>(row_ - base));
    raw.row_lines.push_back(line_before);
    ++raw.rows;
    at = at_;
    return true;
  }

 private:
  bool at_line_end() const { return at_ == end_ || *at_ == '\n' || *at_ == '\r'; }
  // Whether more bytes are needed to know what stands here.
  bool unknown_here() const { return !whole_ && (at_ == end_ || (*at_ == '\r' && at_ + 1 == end_)); }
  void skip_blanks() {
    while (at_ != end_ && is_blank(*at_) && (*at_ != delimiter_ || delimiter_ == ' ')) ++at_;
  }
  void skip_line_end() {
    if (*at_ == '\r' && at_ + 1 != end_ && at_[1] == '\n') ++at_;
    ++at_;
    ++line;
  }

  // Moves to the first cell of the next row, and `at` to the row's begin; false when there is none (yet).
  bool skip_blank_lines(char*& at) {
    while (at_ != end_) {
      at = at_;
      skip_blanks();
      if (unknown_here()) return false;
      if (!at_line_end()) {
        if (delimiter_ != ' ') at_ = at;
        return true;
      }
      if (at_ != end_) skip_line_end();
      at = at_;
    }
    return false;
  }

  // Appends the cell at the cursor and moves behind it; `more` is false when it was the last one of its row. False when
  // the bytes end before the cell does.
  bool read_cell(RawCells& raw, std::size_t column, bool& more) {
    skip_blanks();
    char* begin = at_;
    char* last = nullptr;
    double number = no_number;
    if (at_ != end_ && *at_ == '"') {
      ++begin;
      if (!read_quoted(raw.texts.size())) return false;
      last = at_ - 1;
      skip_blanks();
      if (unknown_here()) return false;
      if (!at_line_end() && *at_ != delimiter_ && delimiter_ != ' ') {
        fail(name_, line, "text after a closing quote: double a quote that is meant as text (\"\")");
      }
      number = number_in(begin, last);
    } else {
      // Most cells are a number, ended by the delimiter or the line.
      const char* const behind = read_number(at_, end_, point_, number);
      if (behind != nullptr && behind != end_ && (*behind == delimiter_ || *behind == '\n')) {
        at_ += behind - at_;
        last = at_;
        if (point_ == ',') use_point(begin, last);
      } else {
        while (at_ != end_ && !ends_cell_[static_cast<unsigned char>(*at_)]) ++at_;
        if (unknown_here()) return false;
        if (!at_line_end() && *at_ != delimiter_ && !is_blank(*at_)) refuse_byte();
        last = at_;
        while (last != begin && is_blank(last[-1])) --last;
        number = number_in(begin, last);
      }
      if (delimiter_ == ' ') skip_blanks();
    }
    if (unknown_here()) return false;
    raw.texts.push_back({static_cast<std::uint32_t>(begin - row_), static_cast<std::uint32_t>(last - begin)});
    raw.numbers[column].push_back(number);
    more = !at_line_end();
    if (!more) {
      if (at_ != end_) skip_line_end();
    } else if (delimiter_ != ' ') {
      ++at_;  // the delimiter
    }
    return true;
  }

  double number_in(char* begin, char* end) const {
    double number = no_number;
    if (begin == end || read_number(begin, end, point_, number) != end) return no_number;
    if (point_ == ',') use_point(begin, end);
    return number;
  }
  // The text of a number is what everybody else reads.
  static void use_point(char* begin, char* end) { std::replace(begin, end, ',', '.'); }

  // Moves behind the closing quote; false when the bytes end before it.
  bool read_quoted(std::size_t text) {
    const std::size_t opened = line;
    ++at_;
    while (true) {
      if (at_ == end_) {
        if (!whole_) return false;
        fail(name_, opened, "a quote opens here and is never closed: close it, or double a quote that is meant");
      }
      if (*at_ == '"') {
        if (!whole_ && at_ + 1 == end_) return false;
        ++at_;
        if (at_ == end_ || *at_ != '"') return true;
        if (escaped_.empty() || escaped_.back() != text) escaped_.push_back(text);
      } else if (*at_ == '\n' || (*at_ == '\r' && (at_ + 1 == end_ || at_[1] != '\n'))) {
        ++line;
      } else if (static_cast<unsigned char>(*at_) < 32 && *at_ != '\t' && *at_ != '\r') {
        refuse_byte();
      }
      ++at_;
    }
  }

  // Doubled quotes become one, in place: the text only gets shorter.
  void unescape(RawCells::Text& text) const {
    char* const begin = row_ + text.begin;
    char* write = begin;
    for (const char* read = begin; read != begin + text.length; ++read) {
      *write++ = *read;
      if (*read == '"') ++read;
    }
    text.length = static_cast<std::uint32_t>(write - begin);
  }

  static void drop_row(RawCells& raw, std::size_t count, std::size_t texts) {
    for (std::size_t c = 0; c < count; ++c) raw.numbers[c].pop_back();
    raw.texts.resize(texts);
  }

  // How many cells are left in a row that has more than the first one, roughly: quotes are not looked at.
  std::size_t rest_of_row() const {
    std::size_t count = 1;
    for (const char* p = at_; p != end_ && *p != '\n' && *p != '\r'; ++p) {
      count += delimiter_ == ' ' ? is_blank(p[0]) && p + 1 != end_ && !is_blank(p[1]) && p[1] != '\n' && p[1] != '\r'
                                 : *p == delimiter_;
    }
    return count;
  }

  [[noreturn]] void refuse_count(std::size_t row_line, std::size_t count) const {
    fail(name_, row_line,
         std::to_string(count) + (count == 1 ? " cell" : " cells") + " where the first row has " +
             std::to_string(columns) + ": each row needs the same number of cells (" +
             std::string(describe_delimiter(delimiter_)) + " between them; quote a cell that contains one)");
  }

  [[noreturn]] void refuse_byte() const {
    if (*at_ == '\0') fail(name_, line, "a NUL byte: this is not a text table");
    std::array<char, 8> hex;
    std::snprintf(hex.data(), hex.size(), "0x%02x", static_cast<unsigned>(static_cast<unsigned char>(*at_)));
    fail(name_, line, "byte " + std::string(hex.data()) + " is not text: this is not a text table");
  }

  const char delimiter_;
  const char point_;
  const std::string& name_;
  std::array<bool, 256> ends_cell_ = {};
  char* at_ = nullptr;
  char* end_ = nullptr;
  char* row_ = nullptr;
  bool whole_ = false;
  std::vector<std::size_t> escaped_;  // texts of the row with doubled quotes
};

class CsvReader : public RowReader {
 public:
  CsvReader(std::unique_ptr<ByteSource> source, const CsvOptions& options)
      : source_(std::move(source)), options_(options) {}

  std::optional<Cells> next(std::size_t rows) override {
    if (!splitter_) start();
    if (rows == all_rows) {
      while (!ended_) read_more(source_->size() ? *source_->size() + 1 : std::max(chunk, used_));
    } else if (at_ > used_ / 2) {
      std::copy(buffer_.data() + at_, buffer_.data() + used_, buffer_.data());
      used_ -= at_;
      checked_ -= at_;
      at_ = 0;
    }
    RawCells raw;
    raw.name = source_->name();
    raw.column_names = column_names_;
    raw.has_header = has_header_;
    raw.notes = std::exchange(notes_, {});
    raw.first_row = first_row_;
    raw.numbers.resize(column_names_.size());
    const std::size_t begin = rows == all_rows ? 0 : at_;
    while (raw.rows < rows && read_row(raw, begin)) {
      if (rows == all_rows && raw.rows == some_rows) reserve(raw, used_ - begin, at_ - begin);
    }
    if (raw.rows == 0) {
      if (first_row_ > 0) return std::nullopt;
      throw DataError(source_->name() + ": only a header line, no rows: add data (or use --no-header if it is data)");
    }
    if (rows == all_rows) {
      raw.bytes = std::exchange(buffer_, {});
      used_ = at_ = 0;
    } else {
      raw.bytes.assign(buffer_.data() + begin, buffer_.data() + at_);
    }
    first_row_ += raw.rows;
    return Cells(std::move(raw));
  }

 private:
  // For as many rows as `bytes` hold if they are as long as the first ones, which took `read` bytes; some more, since
  // growing means to copy everything. What is not used takes no memory.
  static void reserve(RawCells& raw, std::size_t bytes, std::size_t read) {
    const std::size_t rows = bytes / read * raw.rows / 8 * 9;
    reserve_in_large_pages(raw.texts, rows * raw.numbers.size());
    reserve_in_large_pages(raw.row_begins, rows);
    reserve_in_large_pages(raw.row_lines, rows);
    for (std::vector<double>& column : raw.numbers) reserve_in_large_pages(column, rows);
  }

  // Finds the format from the first rows, and takes the header.
  void start() {
    read_more(chunk);
    at_ = std::string_view(buffer_.data(), used_).starts_with("\xef\xbb\xbf") ? 3 : 0;
    RawCells sample = read_sample();
    while (sample.rows < 2 && !ended_) {  // rows may be very long
      read_more(used_);
      sample = read_sample();
    }
    if (sample.rows == 0) {
      throw DataError(source_->name() + ": the file is empty: a table with a header line is needed");
    }
    const std::size_t columns = sample.texts.size() / sample.rows;
    std::vector<std::string_view> cells(sample.texts.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      cells[i] = {sample.bytes.data() + sample.row_begins[i / columns] + sample.texts[i].begin, sample.texts[i].length};
    }
    has_header_ = options_.header ? *options_.header : looks_like_header(cells, columns);
    column_names_ =
        name_columns(source_->name(), sample.row_lines[0], std::span(cells).first(has_header_ ? columns : 0), columns);
    if (!options_.decimal_comma) {
      notes_ = find_decimal_commas(std::span(cells).subspan(has_header_ ? columns : 0), column_names_);
    }
    if (has_header_) {
      RawCells header;
      read_row(header, at_);
    }
  }

  // The first rows, of a copy of the bytes; those before the first wrong one, which is reported in its turn.
  RawCells read_sample() {
    delimiter_ = find_delimiter({buffer_.data() + at_, used_ - at_}, options_.decimal_comma);
    splitter_ = std::make_unique<Splitter>(delimiter_, options_.decimal_comma, source_->name());
    RawCells sample;
    sample.bytes.assign(buffer_.data() + at_, buffer_.data() + used_);
    char* at = sample.bytes.data();
    Splitter splitter(*splitter_);
    try {
      while (sample.rows < sample_rows &&
             splitter.next_row(at, sample.bytes.data() + sample.bytes.size(), ended_, sample, sample.bytes.data())) {
      }
    } catch (const DataError&) {
      if (sample.rows == 0) throw;
      sample.texts.resize(sample.rows * splitter.columns);
    }
    return sample;
  }

  // Appends the next row; false at the end. Row begins count from `begin`.
  bool read_row(RawCells& raw, std::size_t begin) {
    while (true) {
      char* at = buffer_.data() + at_;
      const bool got = splitter_->next_row(at, buffer_.data() + used_, ended_, raw, buffer_.data() + begin);
      at_ = static_cast<std::size_t>(at - buffer_.data());
      if (got || ended_) return got;
      read_more(std::max(chunk, used_ - at_));  // doubled, so that a long row is not read again and again
    }
  }

  void read_more(std::size_t count) {
    if (buffer_.size() < used_ + count) {
      reserve_in_large_pages(buffer_, used_ + count);
      buffer_.resize(used_ + count);
    }
    const std::size_t got = source_->read(std::span(buffer_).subspan(used_, count));
    used_ += got;
    ended_ = got < count;
    const std::string_view text(buffer_.data(), used_);
    checked_ = check_text(text, checked_, ended_, source_->name(), [&](std::size_t at) {
      return (splitter_ ? splitter_->line : 1) + count_lines(text.substr(at_, at - at_));
    });
  }

  std::unique_ptr<ByteSource> source_;
  const CsvOptions options_;
  char delimiter_ = ',';
  bool has_header_ = false;
  std::vector<std::string> column_names_, notes_;
  std::size_t first_row_ = 0;
  std::unique_ptr<Splitter> splitter_;
  // Bytes from the source: [at_, used_) are to be cut into rows, the first checked_ are known to be text.
  std::vector<char> buffer_;
  std::size_t at_ = 0, used_ = 0, checked_ = 0;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<RowReader> read_csv(std::unique_ptr<ByteSource> bytes, const CsvOptions& options) {
  return std::make_unique<CsvReader>(std::move(bytes), options);
}

Cells parse_csv(std::vector<char> bytes, std::string name, const CsvOptions& options) {
  return read_all(*read_csv(bytes_in_memory(bytes, std::move(name)), options));
}

}  // namespace backprop::data
