#include "data/stored_cells.hpp"

#include <algorithm>
#include <numeric>

#include "backprop/error.hpp"

namespace backprop::data {
namespace {

// The columns of a block, all in memory where rows are read in their order.
constexpr std::size_t block_bytes = 4 << 20, first_rows = 64, most_rows = 65'536;

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
  begins_.push_back(begins_.back() + rows);
  Resident page;
  for (std::size_t c = 0; c < columns_; ++c) {
    page.numbers.clear();
    page.lengths.clear();
    page.texts.clear();
    for (std::size_t r = 0; r < rows; ++r) {
      const std::string_view text = block.cell(r, c);
      page.numbers.push_back(block.number(r, c));
      page.lengths.push_back(static_cast<std::uint32_t>(text.size()));
      page.texts.insert(page.texts.end(), text.begin(), text.end());
    }
    pages_.push_back({.at = size_, .bytes = 0});
    append(bytes_of(page.numbers));
    append(bytes_of(page.lengths));
    append(bytes_of(page.texts));
  }
  for (std::size_t r = 0; r < rows; ++r) page.begins.push_back(block.line(r, 0));
  pages_.push_back({.at = size_, .bytes = 0});
  append(bytes_of(page.begins));
}

const StoredCells::Resident& StoredCells::load(std::size_t row, std::size_t column) {
  Resident& resident = resident_[column];
  if (row - resident.first < resident.rows) return resident;
  const auto behind = std::upper_bound(begins_.begin(), begins_.end(), row);
  const auto block = static_cast<std::size_t>(behind - begins_.begin()) - 1;
  const std::size_t rows = *behind - begins_[block];
  const Page& page = pages_[block * (columns_ + 1) + column];
  std::uint64_t at = page.at;
  const auto read = [&](auto& values, std::size_t count) {
    values.resize(count);
    file_.read(at, bytes_of(values));
    at += bytes_of(values).size();
  };
  if (column == columns_) {
    read(resident.begins, rows);
  } else {
    read(resident.numbers, rows);
    read(resident.lengths, rows);
    read(resident.texts, page.at + page.bytes - at);
    resident.begins.resize(rows);
    std::exclusive_scan(resident.lengths.begin(), resident.lengths.end(), resident.begins.begin(), std::uint64_t{0});
  }
  resident.first = begins_[block];
  resident.rows = rows;
  if (const std::size_t next = (block + 1) * (columns_ + 1) + column; next < pages_.size()) {
    file_.expect(pages_[next].at, pages_[next].bytes);
  }
  return resident;
}

double StoredCells::number(std::size_t row, std::size_t column) {
  const Resident& page = load(row, column);
  return page.numbers[row - page.first];
}

std::string_view StoredCells::cell(std::size_t row, std::size_t column) {
  const Resident& page = load(row, column);
  return {page.texts.data() + page.begins[row - page.first], page.lengths[row - page.first]};
}

std::size_t StoredCells::line(std::size_t row) {
  const Resident& page = load(row, columns_);
  return page.begins[row - page.first];
}

Cells store_all(RowReader& reader) {
  RawCells all;
  std::unique_ptr<StoredCells> stored;
  std::size_t rows = first_rows;
  while (const std::optional<Cells> block = reader.next(rows)) {
    if (!stored) {
      stored = std::make_unique<StoredCells>(block->columns());
      all.name = block->name();
      all.column_names = block->column_names();
      all.has_header = block->has_header();
      all.notes = block->notes();
    }
    stored->add(*block);
    all.rows += block->rows();
    rows = std::clamp(all.rows * block_bytes / stored->bytes(), std::size_t{1}, most_rows);
  }
  if (!stored) throw DataError("the table has no rows");
  return Cells(std::move(all), std::move(stored));
}

}  // namespace backprop::data
