#include "data/stored_cells.hpp"

#include <cstring>

#include "backprop/error.hpp"

namespace backprop::data {
namespace {

constexpr std::size_t block_rows = 4096;

template <class T> std::span<std::byte> bytes_of(std::vector<T>& values) {
  return std::as_writable_bytes(std::span(values));
}

}  // namespace

void StoredCells::append(std::span<const std::byte> bytes) {
  file_.write(size_, bytes);
  size_ += bytes.size();
  pages_.back().bytes += bytes.size();
}

void StoredCells::add(const Cells& block) {
  const std::size_t rows = block.rows();
  only_numbers_ = only_numbers_ && block.only_numbers();
  rows_.push_back(rows);
  Resident page;
  for (std::size_t c = 0; c < columns_; ++c) {
    page.numbers.clear();
    page.ends.clear();
    page.texts.clear();
    for (std::size_t r = 0; r < rows; ++r) {
      const std::string_view text = block.cell(r, c);
      page.numbers.push_back(block.number(r, c));
      page.texts.insert(page.texts.end(), text.begin(), text.end());
      page.ends.push_back(page.texts.size());
    }
    pages_.push_back({.at = size_, .bytes = 0});
    append(bytes_of(page.numbers));
    append(bytes_of(page.ends));
    append(bytes_of(page.texts));
  }
  page.ends.clear();
  for (std::size_t r = 0; r < rows; ++r) page.ends.push_back(block.line(r, 0));
  pages_.push_back({.at = size_, .bytes = 0});
  append(bytes_of(page.ends));
}

const StoredCells::Resident& StoredCells::load(std::size_t block, std::size_t column) {
  Resident& resident = resident_[column];
  if (resident.block == block) return resident;
  const Page& page = pages_[block * (columns_ + 1) + column];
  const std::size_t rows = rows_[block];
  std::uint64_t at = page.at;
  const auto read = [&](auto& values, std::size_t count) {
    values.resize(count);
    file_.read(at, bytes_of(values));
    at += bytes_of(values).size();
  };
  if (column < columns_) read(resident.numbers, rows);
  read(resident.ends, rows);
  read(resident.texts, page.at + page.bytes - at);
  resident.block = block;
  return resident;
}

double StoredCells::number(std::size_t row, std::size_t column) {
  return load(row / block_rows, column).numbers[row % block_rows];
}

std::string_view StoredCells::cell(std::size_t row, std::size_t column) {
  const Resident& page = load(row / block_rows, column);
  const std::size_t r = row % block_rows;
  const std::uint64_t begin = r == 0 ? 0 : page.ends[r - 1];
  return {page.texts.data() + begin, page.ends[r] - begin};
}

std::size_t StoredCells::line(std::size_t row) { return load(row / block_rows, columns_).ends[row % block_rows]; }

Cells store_all(RowReader& reader) {
  RawCells all;
  std::unique_ptr<StoredCells> stored;
  while (const std::optional<Cells> block = reader.next(block_rows)) {
    if (!stored) {
      stored = std::make_unique<StoredCells>(block->columns());
      all.name = block->name();
      all.column_names = block->column_names();
      all.has_header = block->has_header();
      all.notes = block->notes();
    }
    if (all.rows % block_rows != 0) throw Error(all.name + ": a block in the middle of the table is short");
    stored->add(*block);
    all.rows += block->rows();
  }
  if (!stored) throw DataError("the table has no rows");
  return Cells(std::move(all), std::move(stored));
}

}  // namespace backprop::data
