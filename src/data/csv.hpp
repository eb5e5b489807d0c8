// Our own reader of text tables: RFC 4180 quotes, cells separated by `,` `;` tab or runs of blanks (found from the
// bytes), LF, CRLF or CR, UTF-8 with or without a byte order mark, blank lines skipped, with or without a header line.
// One pass over the bytes; numbers are read as they are met. Thread safety: a reader is used by one thread.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/byte_source.hpp"
#include "data/number.hpp"
#include "data/row_reader.hpp"

namespace backprop::data {

struct CsvOptions {
  std::optional<bool> header;  // unset: found from the first rows
  bool decimal_comma = false;  // 1,5 is a number; its text becomes 1.5
};

// Cells are trimmed of surrounding blanks; quoted ones are unquoted and kept as they are. Throws DataError with one line
// `FILE:LINE: what: what to do`.
std::unique_ptr<RowReader> read_csv(std::unique_ptr<ByteSource> bytes, const CsvOptions& options = {});

// All rows of bytes in memory; `name` stands for the file in errors.
Cells parse_csv(std::vector<char> bytes, std::string name, const CsvOptions& options = {});

}  // namespace backprop::data
