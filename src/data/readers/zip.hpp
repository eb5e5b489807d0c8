// The files inside a ZIP archive, stored or deflated (PKWARE's APPNOTE 6.3.10). Thread safety: value types; a source is
// used by one thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/byte_source.hpp"

namespace backprop::data {

struct ZipEntry {
  std::string name;
  std::span<const char> packed;
  bool deflated = false;
  std::uint64_t size = 0;  // unpacked
  std::uint32_t check_sum = 0;
};

// The entries of an archive in memory, which must outlive them. Throws DataError for what is damaged: entries outside
// the archive or over each other, sizes that cannot be.
std::vector<ZipEntry> list_zip(std::span<const char> archive, const std::string& name);

// The unpacked bytes of an entry, its check sum verified at their end. `name` stands for it in errors.
std::unique_ptr<ByteSource> open_zip_entry(const ZipEntry& entry, std::string name);

}  // namespace backprop::data
