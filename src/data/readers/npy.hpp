// NumPy's NPY format, versions 1 to 3. Thread safety: used by one thread.
#pragma once
#include <memory>

#include "data/byte_source.hpp"
#include "data/row_reader.hpp"

namespace backprop::data {

// Throws DataError for what is damaged, and for arrays of objects, which only Python could run.
std::unique_ptr<RowReader> read_npy(std::unique_ptr<ByteSource> bytes);

}  // namespace backprop::data
