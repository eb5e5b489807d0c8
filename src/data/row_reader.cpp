#include "data/row_reader.hpp"

#include "backprop/error.hpp"

namespace backprop::data {

Cells read_all(RowReader& reader) {
  std::optional<Cells> cells = reader.next(all_rows);
  if (!cells) throw DataError("the table has no rows");
  return std::move(*cells);
}

}  // namespace backprop::data
