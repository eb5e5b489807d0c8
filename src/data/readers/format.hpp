// A format of tables: how it is recognised and opened. One file each; formats.cpp lists them.
// Thread safety: constants; an Opening is used by one thread.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "data/byte_source.hpp"
#include "data/readers/open.hpp"

namespace backprop::data {

// A source on its way to a reader. Its bytes are opened when they are first asked for; a database has none.
class Opening {
 public:
  // `bytes` stand for those of the path; null: they are opened there.
  explicit Opening(const Source& wanted, std::unique_ptr<ByteSource> bytes = nullptr);
  const Source& source() const { return source_; }
  const std::string& path() const { return source_.path; }
  bool has_extension(std::string_view extension) const;  // ".arff", also before ".gz", in any case
  // The first bytes, unpacked; 64 KiB or all there are.
  std::string_view head();
  // All bytes, unpacked; to be called once.
  std::unique_ptr<ByteSource> take_bytes();

 private:
  const Source& source_;
  std::unique_ptr<ByteSource> bytes_;
  std::string head_;
  bool looked_ = false;
};

struct Format {
  std::string_view name;  // of --format
  bool (*recognise)(Opening&);
  std::unique_ptr<RowReader> (*open)(Opening&);
};

std::span<const Format> formats();

// A file, or the standard input for "-"; gzip is unpacked as it is read. Throws DataError.
std::unique_ptr<ByteSource> open_file(const std::string& path);

}  // namespace backprop::data
