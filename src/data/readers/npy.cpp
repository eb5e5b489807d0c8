#include "data/readers/npy.hpp"

#include <array>
#include <charconv>
#include <optional>

#include "backprop/error.hpp"
#include "data/readers/arrays.hpp"
#include "data/readers/format.hpp"

namespace backprop::data {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t longest_header = std::size_t{1} << 16;

// The header: {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), } with its keys in any order.
class Header {
 public:
  Header(std::string_view text, std::string name, std::size_t offset)
      : text_(text), name_(std::move(name)), offset_(offset) {}

  ArrayLayout read() {
    ArrayLayout layout;
    bool described = false, ordered = false, shaped = false;
    expect('{');
    while (!take('}')) {
      const std::string_view key = read_string("a key");
      expect(':');
      if (key == "descr") {
        read_type(layout);
        described = true;
      } else if (key == "fortran_order") {
        layout.columns_first = read_truth();
        ordered = true;
      } else if (key == "shape") {
        read_shape(layout);
        shaped = true;
      } else {
        fail("knows no '" + printable(key) + "'");
      }
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    if (!described || !ordered || !shaped) fail("lacks descr, fortran_order or shape");
    return layout;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw DataError(name_ + ": byte " + std::to_string(offset_ + at_) + ": the NPY header " + what);
  }
  static std::string printable(std::string_view text) {
    std::string result(text.substr(0, 40));
    for (char& c : result) c = c < 32 || c > 126 ? '.' : c;
    return result;
  }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(std::string("needs a '") + c + "' here");
  }
  std::string_view read_string(const std::string& what) {
    skip_blanks();
    if (at_ == text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) fail("needs " + what + " in quotes here");
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != text_[begin - 1]) ++at_;
    if (at_ == text_.size()) fail("has a quote that is not closed");
    return text_.substr(begin, at_++ - begin);
  }
  bool read_truth() {
    skip_blanks();
    for (const std::string_view word : {"True", "False"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return word == "True";
    }
    fail("needs True or False here");
  }
  void read_shape(ArrayLayout& layout) {
    expect('(');
    while (!take(')')) {
      skip_blanks();
      std::uint64_t extent = 0;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), extent);
      if (error != std::errc()) fail("needs a whole number here");
      at_ = static_cast<std::size_t>(end - text_.data());
      layout.shape.push_back(extent);
      if (layout.shape.size() > 32) fail("declares more than 32 dimensions");
      if (!take(',')) {
        expect(')');
        break;
      }
    }
  }
  // '<f8': byte order, kind, size.
  void read_type(ArrayLayout& layout) {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '[') {
      fail("declares a record of several fields: save its columns as one array of numbers");
    }
    const std::string_view type = read_string("a type");
    const auto refuse = [&](const std::string& why) { fail("declares the type '" + printable(type) + "': " + why); };
    std::string_view rest = type;
    layout.big_endian = rest.starts_with('>');
    if (!rest.empty() && std::string_view("<>|=").find(rest[0]) != std::string_view::npos) rest.remove_prefix(1);
    const char kind = rest.empty() ? '?' : rest[0];
    std::size_t size = 0;
    const char* const end = rest.data() + rest.size();
    if (rest.size() < 2 || std::from_chars(rest.data() + 1, end, size).ptr != end) {
      refuse(kind == 'O' ? "objects are never loaded; save numbers or texts" : "it is not known");
    }
    const auto one_of = [&](std::initializer_list<std::size_t> sizes) {
      for (const std::size_t s : sizes) {
        if (s == size) return;
      }
      refuse("that size is not known");
    };
    switch (kind) {
      case 'b': one_of({1}), layout.element = Element::boolean; break;
      case 'u': one_of({1, 2, 4, 8}), layout.element = Element::unsigned_integer; break;
      case 'i': one_of({1, 2, 4, 8}), layout.element = Element::signed_integer; break;
      case 'f': one_of({2, 4, 8}), layout.element = Element::real; break;
      case 'S': layout.element = Element::bytes; break;
      case 'U': layout.element = Element::unicode; break;
      case 'O': refuse("objects are never loaded; save numbers or texts"); break;
      default: refuse("only numbers, booleans and texts are read");
    }
    if (size > std::size_t{1} << 20) refuse("that is too long");
    layout.size = kind == 'U' ? 4 * size : size;
  }

  const std::string_view text_;
  const std::string name_;
  const std::size_t offset_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<RowReader> read_npy(std::unique_ptr<ByteSource> bytes) {
  const auto fail = [&](const std::string& what) { throw DataError(bytes->name() + ": " + what); };
  std::array<char, 12> start;
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(start[i])); };
  if (bytes->read(std::span(start).first(10)) != 10) fail("ends in its header: this is not an NPY file");
  if (std::string_view(start.data(), magic.size()) != magic) fail("byte 0: this is not an NPY file");
  if (byte(6) < 1 || byte(6) > 3) fail("byte 6: version " + std::to_string(byte(6)) + " of NPY is not known");
  std::size_t length = byte(8) | byte(9) << 8, offset = 10;
  if (byte(6) > 1) {
    if (bytes->read(std::span(start).subspan(10)) != 2) fail("ends in its header");
    length |= byte(10) << 16 | byte(11) << 24;
    offset = 12;
  }
  if (length > longest_header)
    fail("byte 8: declares a header of " + std::to_string(length) + " bytes: that is too long");
  std::string header(length, '\0');
  if (bytes->read(header) != length) fail("ends in its header");
  ArrayLayout layout = Header(header, bytes->name(), offset).read();
  return read_array(std::move(bytes), std::move(layout));
}

extern const Format npy_format;
const Format npy_format = {
    "npy", [](Opening& opening) { return opening.has_extension(".npy") || opening.head().starts_with(magic); },
    [](Opening& opening) { return read_npy(opening.take_bytes()); }};

}  // namespace backprop::data
