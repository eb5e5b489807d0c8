#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "backprop/error.hpp"
#include "data/readers/open.hpp"
#include "data/table.hpp"
#include "target.hpp"

namespace backprop::fuzz {
namespace {

std::unique_ptr<data::RowReader> open(std::span<const char> bytes, std::string_view format) {
  data::Source source;
  source.path = "fuzz";
  source.format = format;
  return data::open_rows(source, data::bytes_in_memory(bytes, "fuzz"));
}

void check_line(const DataError& error) {
  const std::string_view line = error.what();
  require(line.find('\n') == std::string_view::npos && line.starts_with("fuzz:"), "an error is one line with the name");
}

void compare(const data::Cells& all, const data::Cells& block) {
  require(block.columns() == all.columns() && block.first_row() + block.rows() <= all.rows(), "blocks have one shape");
  for (std::size_t c = 0; c < block.columns(); ++c) {
    for (std::size_t r = 0; r < block.rows(); ++r) {
      const std::size_t row = block.first_row() + r;
      const double a = all.number(row, c), b = block.number(r, c);
      require(std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || (std::isnan(a) && std::isnan(b)),
              "blocks hold the same numbers");
      require(all.cell(row, c) == block.cell(r, c), "blocks hold the same texts");
      require(all.line(row, c) == block.line(r, c), "blocks know the same lines");
    }
  }
}

}  // namespace

void require(bool good, const char* promise) {
  if (good) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

void require_line(const Error& error) {
  require(std::string_view(error.what()).find('\n') == std::string_view::npos, "an error is one line");
}

void read_table(std::span<const char> bytes, std::string_view format) {
  std::optional<data::Cells> all;
  try {
    all.emplace(data::read_all(*open(bytes, format)));
  } catch (const DataError& error) {
    check_line(error);
  }
  try {
    const std::unique_ptr<data::RowReader> reader = open(bytes, format);
    std::size_t rows = 0;
    while (const std::optional<data::Cells> block = reader->next(3)) {
      require(block->rows() >= 1 && block->rows() <= 3 && block->first_row() == rows, "blocks follow one another");
      rows += block->rows();
      if (all) compare(*all, *block);
    }
    require(all && rows == all->rows(), "blocks are read when the whole is");
  } catch (const DataError& error) {
    check_line(error);
    require(!all, "blocks are refused when the whole is");
  }
  if (all) {
    const data::Table table(std::move(*all));
    for (std::size_t c = 0; c < table.columns(); ++c) {
      try {
        table.words(c);
        if (table.kind(c) != data::ColumnKind::text) table.numbers(c);
      } catch (const DataError& error) {
        check_line(error);
      }
    }
  }
}

}  // namespace backprop::fuzz
