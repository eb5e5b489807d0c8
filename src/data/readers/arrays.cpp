#include "data/readers/arrays.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "backprop/error.hpp"
#include "data/column_names.hpp"
#include "data/number.hpp"

namespace backprop::data {
namespace {

std::string to_text(const std::vector<std::uint64_t>& shape) {
  std::string text;
  for (const std::uint64_t extent : shape) text += (text.empty() ? "" : ", ") + std::to_string(extent);
  return "[" + text + "]";
}

std::uint64_t product(std::span<const std::uint64_t> factors, const std::string& where) {
  std::uint64_t all = 1;
  for (const std::uint64_t factor : factors) {
    if (__builtin_mul_overflow(all, factor, &all)) throw DataError(where + "has a shape that is too large");
  }
  return all;
}

std::uint64_t read_integer(const char* bytes, std::size_t size, bool big_endian) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t at = big_endian ? i : size - 1 - i;
    value = value << 8 | static_cast<unsigned char>(bytes[at]);
  }
  return value;
}

// IEEE 754 binary16.
double read_half(std::uint64_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const auto fraction = static_cast<double>(bits & 1023);
  double value = exponent == 0    ? std::ldexp(fraction, -24)
                 : exponent == 31 ? (fraction == 0 ? std::numeric_limits<double>::infinity() : no_number)
                                  : std::ldexp(1024 + fraction, exponent - 25);
  return (bits >> 15) != 0 ? -value : value;
}

double read_element(const char* bytes, const ArrayLayout& layout) {
  const std::uint64_t bits = read_integer(bytes, layout.size, layout.big_endian);
  switch (layout.element) {
    case Element::boolean: return bits != 0 ? 1.0 : 0.0;
    case Element::unsigned_integer: return static_cast<double>(bits);
    case Element::signed_integer: {
      const std::size_t unused = 64 - 8 * layout.size;
      return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);
    }
    default:
      if (layout.size == 2) return read_half(bits);
      if (layout.size == 4) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
      return std::bit_cast<double>(bits);
  }
}

void append_utf8(std::vector<char>& to, std::uint64_t code, const std::string& where) {
  const auto byte = [&](std::uint64_t value) { to.push_back(static_cast<char>(value)); };
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) throw DataError(where + "a text that is not Unicode");
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6), byte(0x80 | (code & 63));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 63)), byte(0x80 | (code & 63));
  } else {
    byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 63)), byte(0x80 | (code >> 6 & 63)), byte(0x80 | (code & 63));
  }
}

class ArrayReader : public RowReader {
 public:
  ArrayReader(std::unique_ptr<ByteSource> bytes, ArrayLayout layout)
      : source_(std::move(bytes)), layout_(std::move(layout)) {
    const std::string where = source_->name() + ": ";
    if (layout_.shape.empty()) throw DataError(where + "holds a single number, no rows");
    rows_ = layout_.shape[0];
    std::vector<std::uint64_t> factors = layout_.shape;
    factors.push_back(layout_.size);
    const std::uint64_t all = product(factors, where);
    columns_ = product(std::span(layout_.shape).subspan(1), where);
    const std::string declared =
        "its header declares " + to_text(layout_.shape) + ", " + std::to_string(all) + " bytes";
    if (all == 0) throw DataError(where + declared + ": there are no rows");
    const auto size = source_->size();
    if (size ? *size != all : source_->bound() && *source_->bound() < all) {
      throw DataError(where + declared + ", and " +
                      (size ? std::to_string(*size) : "at most " + std::to_string(*source_->bound())) +
                      " follow it: the file is damaged");
    }
    if (columns_ > std::uint64_t{1} << 20) throw DataError(where + declared + ": that is too many columns");
    names_ = name_columns(source_->name(), 0, {}, columns_);
  }

  std::optional<Cells> next(std::size_t rows) override {
    if (layout_.columns_first && columns_ > 1) gather_rows();
    rows = static_cast<std::size_t>(std::min<std::uint64_t>(rows, rows_ - done_));
    if (rows == 0) return std::nullopt;
    RawCells raw;
    raw.name = source_->name();
    raw.column_names = names_;
    raw.has_header = false;
    raw.first_row = done_;
    raw.rows = rows;
    raw.single = layout_.element == Element::real && layout_.size <= 4;
    const bool texts = layout_.element == Element::bytes || layout_.element == Element::unicode;
    raw.numbers.resize(columns_);
    std::vector<char> buffer;
    const std::size_t row_bytes = columns_ * layout_.size;
    // A little at a time: what is declared is only allocated as it comes.
    const std::size_t at_once = std::max<std::size_t>(1, (std::size_t{1} << 18) / row_bytes);
    for (std::size_t r = 0; r < rows; r += at_once) {
      const std::size_t count = std::min(at_once, rows - r);
      buffer.resize(count * row_bytes);
      read(buffer);
      for (std::size_t c = 0; c < columns_; ++c) {
        const char* element = buffer.data() + c * layout_.size;
        for (std::size_t i = 0; i < count && !texts; ++i, element += row_bytes) {
          raw.numbers[c].push_back(read_element(element, layout_));
        }
      }
      for (std::size_t i = 0; i < count && texts; ++i) add_texts(raw, buffer.data() + i * row_bytes);
    }
    done_ += rows;
    if (done_ == rows_ && gathered_.empty()) {
      char one;
      if (source_->read({&one, 1}) == 1)
        throw DataError(source_->name() + ": goes on behind its last row: the file is damaged");
    }
    return Cells(std::move(raw));
  }

 private:
  void read(std::span<char> to) {
    if (!gathered_.empty()) {
      std::copy_n(gathered_.data() + done_bytes_, to.size(), to.data());
    } else if (source_->read(to) != to.size()) {
      throw DataError(source_->name() + ": ends in the middle of its rows: the file is cut off");
    }
    done_bytes_ += to.size();
  }

  // Turns Fortran's order into ours, in memory.
  void gather_rows() {
    if (!gathered_.empty()) return;
    std::vector<char> all;
    const std::uint64_t bytes = rows_ * columns_ * layout_.size;
    while (all.size() < bytes) {
      const std::size_t have = all.size();
      all.resize(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, std::max<std::size_t>(2 * have, 1 << 20))));
      read(std::span(all).subspan(have));
    }
    done_bytes_ = 0;
    gathered_.resize(all.size());
    // Of more than two dimensions, Fortran's first index runs fastest and ours last.
    std::vector<std::uint64_t> index(layout_.shape.size(), 0);
    for (std::uint64_t i = 0; i < rows_ * columns_; ++i) {
      std::uint64_t to = 0;
      for (std::size_t d = 0; d < index.size(); ++d) to = to * layout_.shape[d] + index[d];
      std::memcpy(gathered_.data() + to * layout_.size, all.data() + i * layout_.size, layout_.size);
      for (std::size_t d = 0; d < index.size() && ++index[d] == layout_.shape[d]; ++d) index[d] = 0;
    }
  }

  void add_texts(RawCells& raw, const char* row) const {
    raw.row_begins.push_back(raw.bytes.size());
    for (std::size_t c = 0; c < columns_; ++c) {
      const char* element = row + c * layout_.size;
      const std::size_t begin = raw.bytes.size();
      const std::string where = source_->name() + ": row " + std::to_string(done_ + raw.row_begins.size()) + ": ";
      const std::size_t width = layout_.element == Element::unicode ? 4 : 1;
      for (std::size_t i = 0; i + width <= layout_.size; i += width) {
        const std::uint64_t code = read_integer(element + i, width, layout_.big_endian);
        if (code == 0) break;
        if (width == 1 && code > 127) throw DataError(where + "a byte that is not ASCII text");
        append_utf8(raw.bytes, code, where);
      }
      const std::string_view text(raw.bytes.data() + begin, raw.bytes.size() - begin);
      raw.texts.push_back(
          {static_cast<std::uint32_t>(begin - raw.row_begins.back()), static_cast<std::uint32_t>(text.size())});
      raw.numbers[c].push_back(parse_number(text).value_or(no_number));
    }
  }

  std::unique_ptr<ByteSource> source_;
  const ArrayLayout layout_;
  std::vector<std::string> names_;
  std::uint64_t rows_ = 0, columns_ = 0, done_ = 0;
  std::vector<char> gathered_;
  std::size_t done_bytes_ = 0;
};

}  // namespace

std::unique_ptr<RowReader> read_array(std::unique_ptr<ByteSource> bytes, ArrayLayout layout) {
  return std::make_unique<ArrayReader>(std::move(bytes), std::move(layout));
}

}  // namespace backprop::data
