// The cells of a table as a model takes them: numbers as float32 with NaN where missing, texts as their codes, dates as
// int64 days since 1970. Thread safety: reading from many threads is safe.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backprop/tensor.hpp"
#include "data/dates.hpp"
#include "data/table.hpp"
#include "data/text_codes.hpp"

namespace backprop::data {

enum class ColumnType : std::uint8_t { number, text, date };

// How to read one column.
struct RawColumn {
  std::string name;
  ColumnType type = ColumnType::number;
  DType dtype = DType::float32;                 // of what comes out: float32 or int64
  TextCodes codes = {};                         // of text
  bool numbers = false;                         // the texts are numbers, spelled in any way
  DateOrder order = DateOrder::year_month_day;  // of dates
};

class RawColumns {
 public:
  explicit RawColumns(std::vector<RawColumn> columns);
  RawColumns(const RawColumns&) = delete;  // the encoders look into the columns
  RawColumns& operator=(const RawColumns&) = delete;

  const std::vector<RawColumn>& columns() const { return columns_; }
  // One [rows, 1] a column; columns are found by name, in any order. Throws DataError for a column that the table does
  // not have, or a cell that is not of its type.
  std::vector<Tensor> read(const Table& table, std::span<const std::uint32_t> rows) const;

 private:
  std::vector<RawColumn> columns_;
  std::vector<TextEncoder> encoders_;  // of each column
};

}  // namespace backprop::data
