// IDX, the format of MNIST (Y. LeCun): two zero bytes, the type, the number of dimensions, each dimension as a
// big-endian 32-bit number, then the elements, big-endian.
#include <array>
#include <cstdio>
#include <optional>

#include "backprop/error.hpp"
#include "data/readers/arrays.hpp"
#include "data/readers/format.hpp"

namespace backprop::data {
namespace {

std::optional<ArrayLayout> layout_of(char type) {
  const auto layout = [](Element element, std::size_t size) { return ArrayLayout{element, size, true, false, {}}; };
  switch (type) {
    case 0x08: return layout(Element::unsigned_integer, 1);
    case 0x09: return layout(Element::signed_integer, 1);
    case 0x0B: return layout(Element::signed_integer, 2);
    case 0x0C: return layout(Element::signed_integer, 4);
    case 0x0D: return layout(Element::real, 4);
    case 0x0E: return layout(Element::real, 8);
    default: return std::nullopt;
  }
}

bool is_idx(Opening& opening) {
  const std::string_view head = opening.head();
  return opening.has_extension(".idx") || opening.has_extension("ubyte") ||
         (head.size() >= 4 && head[0] == 0 && head[1] == 0 && layout_of(head[2]));
}

std::unique_ptr<RowReader> open_idx(Opening& opening) {
  std::unique_ptr<ByteSource> bytes = opening.take_bytes();
  const auto fail = [&](const std::string& what) { throw DataError(bytes->name() + ": " + what); };
  std::array<char, 4> magic;
  if (bytes->read(magic) != magic.size()) fail("ends in its header: this is not an IDX file");
  std::optional<ArrayLayout> layout = layout_of(magic[2]);
  if (magic[0] != 0 || magic[1] != 0) fail("byte 0: this is not an IDX file");
  if (!layout) fail("byte 2: element type " + std::to_string(static_cast<unsigned char>(magic[2])) + " is none of IDX");
  if (magic[3] < 1 || magic[3] > 8) {
    fail("byte 3: declares " + std::to_string(static_cast<unsigned char>(magic[3])) + " dimensions: 1 to 8 are read");
  }
  for (int d = 0; d < magic[3]; ++d) {
    std::array<unsigned char, 4> b;
    if (bytes->read({reinterpret_cast<char*>(b.data()), b.size()}) != b.size()) fail("ends in its header");
    layout->shape.push_back(std::uint64_t{b[0]} << 24 | b[1] << 16 | b[2] << 8 | b[3]);
  }
  return read_array(std::move(bytes), std::move(*layout));
}

}  // namespace

extern const Format idx_format;
const Format idx_format = {"idx", is_idx, open_idx};

}  // namespace backprop::data
