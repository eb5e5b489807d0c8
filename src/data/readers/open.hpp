// From what a person names to rows: files of every format, `-`, databases. Which formats there are stands in
// formats.cpp. Thread safety: no state; a reader is used by one thread.
#pragma once
#include <memory>
#include <string>

#include "data/csv.hpp"
#include "data/row_reader.hpp"

namespace backprop::data {

struct Source {
  std::string path;    // a file, - for the standard input, sqlite:FILE or postgresql://...
  std::string format;  // a name in formats(); empty: found from the path and the first bytes
  std::string query;   // of a database: the SELECT whose rows are wanted
  std::string arrays;  // of an NPZ file: names of its arrays, separated by commas; empty: all
  std::string labels;  // a file with one more column, called label; empty: none
  CsvOptions text;
};

// Throws UsageError for flags that do not fit the source, DataError for what cannot be read.
std::unique_ptr<RowReader> open_rows(const Source& source);
// The same of bytes that stand for those of the path.
std::unique_ptr<RowReader> open_rows(const Source& source, std::unique_ptr<ByteSource> bytes);

// The source without password and folder, for the name of a run: "data" of /tmp/data.csv.gz, "stdin" of -.
std::string short_name(const Source& source);

}  // namespace backprop::data
