#include "data/raw_columns.hpp"

#include <unordered_map>

#include "data/roles.hpp"

namespace backprop::data {
namespace {

std::int64_t read_date(const Table& table, std::size_t row, std::size_t column, DateOrder order) {
  const std::string_view cell = table.cells().cell(row, column);
  if (is_missing(cell)) return missing_date;
  if (const auto days = parse_date(cell, order)) return *days;
  table.fail(row, column, quote_cell(cell) + " is no date (" + std::string(to_string(order)) + ")");
}

}  // namespace

RawColumns::RawColumns(std::vector<RawColumn> columns) : columns_(std::move(columns)) {
  for (const RawColumn& column : columns_) encoders_.emplace_back(column.codes);
}

std::vector<Tensor> RawColumns::read(const Table& table, std::span<const std::uint32_t> rows) const {
  std::vector<Tensor> tensors;
  tensors.reserve(columns_.size());
  std::unordered_map<std::string_view, std::size_t> positions;
  for (std::size_t c = 0; c < table.columns(); ++c) positions.emplace(table.column_names()[c], c);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const RawColumn& column = columns_[c];
    const auto found = positions.find(column.name);
    const std::size_t at =
        found != positions.end() ? found->second : find_named_column(table, column.name, "column");  // which throws
    Tensor& tensor = tensors.emplace_back(column.dtype, Extents{static_cast<std::int64_t>(rows.size()), 1});
    const auto code = [&](std::size_t r) {
      const std::string_view cell = table.cells().cell(r, at);
      return encoders_[c](column.numbers ? category_of(cell, true) : is_missing(cell) ? "" : cell);
    };
    if (column.dtype == DType::int64) {
      const auto to = tensor.as<std::int64_t>();
      for (std::size_t r = 0; r < rows.size(); ++r) {
        to[r] = column.type == ColumnType::date ? read_date(table, rows[r], at, column.order)
                                                : static_cast<std::int64_t>(code(rows[r]));
      }
    } else {
      const auto to = tensor.as<float>();
      for (std::size_t r = 0; r < rows.size(); ++r) {
        to[r] = static_cast<float>(column.type == ColumnType::text ? code(rows[r]) : table.number(rows[r], at));
      }
    }
  }
  return tensors;
}

}  // namespace backprop::data
