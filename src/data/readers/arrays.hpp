// Arrays of numbers or fixed texts as they stand in binary files, as rows: the first dimension counts them, the others
// are columns. Thread safety: used by one thread.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/byte_source.hpp"
#include "data/row_reader.hpp"

namespace backprop::data {

enum class Element { boolean, unsigned_integer, signed_integer, real, bytes, unicode };

struct ArrayLayout {
  Element element = Element::real;
  std::size_t size = 0;  // bytes of one element
  bool big_endian = false;
  bool columns_first = false;  // Fortran's order
  std::vector<std::uint64_t> shape;
};

// Reads the array whose first byte is the source's next. Throws DataError when the shape overflows or declares another
// number of bytes than there are.
std::unique_ptr<RowReader> read_array(std::unique_ptr<ByteSource> bytes, ArrayLayout layout);

}  // namespace backprop::data
