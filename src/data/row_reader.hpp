// What every source of a table is to the rest of the program: rows in their order, block after block.
// Thread safety: a reader is used by one thread.
#pragma once
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/cells.hpp"

namespace backprop::data {

// Of `next` and `read_all`: no limit.
constexpr std::size_t all_rows = std::numeric_limits<std::size_t>::max();

class RowReader {
 public:
  virtual ~RowReader() = default;
  // The next rows, at most `rows` of them (at least 1); none at the end. Every block has the same columns, and no more
  // than it is held in memory. Throws DataError, one line that names the source and the place.
  virtual std::optional<Cells> next(std::size_t rows) = 0;
};

// All rows of the reader. Throws DataError, also when there is not one.
Cells read_all(RowReader& reader);

}  // namespace backprop::data
