// Tables of the same number of rows as one: their columns stand side by side. Thread safety: used by one thread.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "data/row_reader.hpp"

namespace backprop::data {

struct Side {
  std::string name;  // as errors print it
  std::unique_ptr<RowReader> rows;
  std::string column;  // what its columns are called: this, or this_1, this_2, ... of several; empty: as they are
};

// Throws DataError when one of them ends before another.
std::unique_ptr<RowReader> side_by_side(std::vector<Side> sides);

}  // namespace backprop::data
