#include "data/csv_format.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>

#include "backprop/error.hpp"
#include "data/csv.hpp"

namespace backprop::data {
namespace {

// Length of the UTF-8 sequence that starts at text[i] (Unicode 15, table 3-7); 0 when it is not one.
std::size_t utf8_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u; };
  const auto follows = [&](std::size_t k, unsigned low, unsigned high) { return byte(k) >= low && byte(k) <= high; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool second = follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    return second && follows(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool second = follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    return second && follows(2, 0x80, 0xBF) && follows(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

// Where the first byte stands that is not UTF-8, or a NUL byte, from `i` on; text.size() when there is none.
std::size_t find_invalid_utf8(std::string_view text, std::size_t i) {
  while (i < text.size()) {
    std::uint64_t word = 0;
    while (i + 8 <= text.size()) {  // eight ASCII bytes at a time
      std::memcpy(&word, text.data() + i, 8);
      // Neither a high bit nor a zero byte (A. Mycroft's test).
      if (((word | (word - 0x0101010101010101u)) & 0x8080808080808080u) != 0) break;
      i += 8;
    }
    if (i == text.size()) break;
    const std::size_t length = utf8_length(text, i);
    if (length == 0 || text[i] == '\0') return i;
    i += length;
  }
  return text.size();
}

// How many of the first lines have the most common number of cells, when that is at least two.
std::size_t agreeing_rows(std::string_view text, char delimiter) {
  std::map<std::size_t, std::size_t> rows_by_cells;
  std::size_t rows = 0, cells = 1;
  bool quoted = false, started = false, in_cell = false;
  const auto end_row = [&] {
    if (started) {
      ++rows_by_cells[cells];
      ++rows;
    }
    cells = delimiter == ' ' ? 0 : 1;
    started = in_cell = false;
  };
  cells = delimiter == ' ' ? 0 : 1;
  for (std::size_t i = 0; i < text.size() && rows < sample_rows; ++i) {
    const char c = text[i];
    const bool blank = c == ' ' || c == '\t';
    if (quoted) {
      quoted = c != '"';
    } else if (c == '\n' || c == '\r') {
      end_row();
    } else if (delimiter == ' ' ? blank : c == delimiter) {
      started = started || delimiter != ' ';
      cells += delimiter != ' ';
      in_cell = false;
    } else if (!blank) {
      quoted = c == '"' && !in_cell;
      if (delimiter == ' ' && !in_cell) ++cells;
      started = in_cell = true;
    }
  }
  end_row();
  std::size_t best = 0;
  for (const auto& [count, times] : rows_by_cells) {
    if (count > 1) best = std::max(best, times);
  }
  return best;
}

// Whether the first of these rows counts the columns from 0 or 1, as programs do that have no names for them, beside
// names in words which do not return below.
bool counts_the_columns(const std::vector<std::string_view>& cells, std::size_t columns, std::size_t rows) {
  std::optional<double> next;
  bool words = false;
  for (std::size_t c = 0; c < columns; ++c) {
    if (const auto number = parse_number(cells[c])) {
      if (next ? *number != *next : *number != 0.0 && *number != 1.0) return false;
      next = *number + 1.0;
    } else if (!is_missing(cells[c])) {
      words = true;
      for (std::size_t r = 1; r < rows; ++r) {
        if (cells[r * columns + c] == cells[c]) return false;
      }
    }
  }
  return words && rows > 1;
}

}  // namespace

std::size_t count_lines(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    count += text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'));
  }
  return count;
}

std::size_t check_text(std::string_view text, std::size_t from, bool whole, const std::string& name,
                       const std::function<std::size_t(std::size_t)>& line_of) {
  if (from == 0) {
    if (text.starts_with("\x1f\x8b")) throw DataError(name + ": is compressed by gzip: unpack it first (gunzip)");
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
      throw DataError(name + ": is UTF-16 text: save it as UTF-8 (iconv -f UTF-16 -t UTF-8)");
    }
  }
  const std::size_t invalid = find_invalid_utf8(text, from);
  if (invalid == text.size() || (!whole && text.size() - invalid < 4 && text[invalid] != '\0')) return invalid;
  throw DataError(name + ":" + std::to_string(line_of(invalid)) + ": " +
                  (text[invalid] == '\0' ? "a NUL byte: this is not a text table"
                                         : "not UTF-8 text: save the table as UTF-8 (iconv -f latin1 -t UTF-8)"));
}

char find_delimiter(std::string_view text, bool decimal_comma) {
  // In this order on a tie: a decimal comma stands in tables separated by `;`, blanks stand in the text of all others.
  char best = decimal_comma ? ';' : ',';
  std::size_t most = 0;
  for (const char delimiter : {'\t', ';', ',', ' '}) {
    if (decimal_comma && delimiter == ',') continue;
    const std::size_t rows = agreeing_rows(text, delimiter);
    if (rows > most) {
      best = delimiter;
      most = rows;
    }
  }
  return best;
}

std::string_view describe_delimiter(char delimiter) {
  switch (delimiter) {
    case '\t': return "a tab";
    case ';': return "a semicolon";
    case ' ': return "blanks";
    default: return "a comma";
  }
}

bool looks_like_header(const std::vector<std::string_view>& cells, std::size_t columns) {
  const std::size_t rows = std::min(cells.size() / columns, sample_rows);
  bool any_number = false;
  for (std::size_t c = 0; c < columns; ++c) {
    if (parse_number(cells[c])) {
      any_number = true;
      continue;
    }
    if (is_missing(cells[c])) continue;
    std::size_t numbers = 0, filled = 0;
    for (std::size_t r = 1; r < rows; ++r) {
      const std::string_view cell = cells[r * columns + c];
      if (is_missing(cell)) continue;
      ++filled;
      numbers += parse_number(cell).has_value();
    }
    if (filled > 0 && numbers == filled) return true;
  }
  return !any_number || counts_the_columns(cells, columns, rows);
}

std::vector<std::string> find_decimal_commas(std::span<const std::string_view> cells,
                                             const std::vector<std::string>& column_names) {
  std::vector<std::string> notes;
  const std::size_t columns = column_names.size();
  for (std::size_t c = 0; c < columns; ++c) {
    std::size_t filled = 0, numbers = 0, commas = 0;
    std::string_view example;
    for (std::size_t i = c; i < cells.size(); i += columns) {
      if (is_missing(cells[i])) continue;
      ++filled;
      double number = 0;
      const char* const end = cells[i].data() + cells[i].size();
      if (read_number(cells[i].data(), end, ',', number) != end) continue;
      ++numbers;
      if (cells[i].find(',') == std::string_view::npos) continue;
      ++commas;
      example = cells[i];
    }
    if (commas == 0 || numbers * 100 < filled * 95) continue;
    notes.push_back("column '" + column_names[c] + "' looks like numbers with a decimal comma ('" +
                    std::string(example) + "'): --decimal-comma reads them as numbers");
  }
  return notes;
}

}  // namespace backprop::data
