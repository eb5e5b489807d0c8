#include "data/readers/zip.hpp"

#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "backprop/error.hpp"

namespace backprop::data {
namespace {

class Archive {
 public:
  Archive(std::span<const char> bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  std::vector<ZipEntry> list() const {
    const std::uint64_t end = find_end();
    std::uint64_t count = number(end + 10, 2), at = number(end + 16, 4);
    // Archives of more than 4 GB have a second end record, which the locator in front of this one points to.
    if ((count == 0xFFFF || at == 0xFFFFFFFF) && end >= 20 && number(end - 20, 4) == 0x07064b50) {
      const std::uint64_t end64 = number(end - 20 + 8, 8);
      if (number(end64, 4) != 0x06064b50) fail(end64, "the end record is damaged");
      count = number(end64 + 32, 8);
      at = number(end64 + 48, 8);
    }
    std::vector<ZipEntry> entries;
    for (std::uint64_t i = 0; i < count; ++i) entries.push_back(read_entry(at));
    check_overlaps(entries);
    return entries;
  }

 private:
  [[noreturn]] void fail(std::uint64_t at, const std::string& what) const {
    throw DataError(name_ + ": byte " + std::to_string(at) + ": " + what);
  }
  std::uint64_t number(std::uint64_t at, std::size_t size) const {
    if (at > bytes_.size() || bytes_.size() - at < size) fail(bytes_.size(), "the ZIP archive is cut off");
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes_[at + i]);
    return value;
  }
  std::span<const char> part(std::uint64_t at, std::uint64_t size) const {
    if (at > bytes_.size() || bytes_.size() - at < size)
      fail(std::min<std::uint64_t>(at, bytes_.size()), "the ZIP archive is cut off");
    return bytes_.subspan(at, size);
  }

  std::uint64_t find_end() const {
    // 22 bytes and a comment of at most 64 KB.
    const std::uint64_t size = bytes_.size();
    for (std::uint64_t back = 22; back <= std::min<std::uint64_t>(size, 22 + 65535); ++back) {
      if (number(size - back, 4) == 0x06054b50) return size - back;
    }
    fail(size, "the ZIP archive has no end record: it is cut off");
  }

  // Reads the entry of the central directory at `at` and moves behind it.
  ZipEntry read_entry(std::uint64_t& at) const {
    if (number(at, 4) != 0x02014b50) fail(at, "the ZIP directory is damaged");
    const std::uint64_t flags = number(at + 8, 2), method = number(at + 10, 2);
    ZipEntry entry;
    entry.check_sum = static_cast<std::uint32_t>(number(at + 16, 4));
    std::uint64_t packed = number(at + 20, 4), local = number(at + 42, 4);
    entry.size = number(at + 24, 4);
    const std::uint64_t name = number(at + 28, 2), extra = number(at + 30, 2), comment = number(at + 32, 2);
    const std::span<const char> text = part(at + 46, name);
    for (const char c : text) entry.name += static_cast<unsigned char>(c) < 32 ? '.' : c;
    read_wide_sizes(at + 46 + name, extra, entry.size, packed, local);
    if ((flags & 1) != 0) fail(at, "'" + entry.name + "' is encrypted");
    if (method != 0 && method != 8) fail(at, "'" + entry.name + "' is packed by a method that is not known");
    entry.deflated = method == 8;
    if (entry.deflated ? entry.size > packed * 1032 + 1024 : entry.size != packed) {
      fail(at, "'" + entry.name + "' declares " + std::to_string(entry.size) + " bytes, which " +
                   std::to_string(packed) + " cannot hold");
    }
    if (number(local, 4) != 0x04034b50) fail(local, "the ZIP entry '" + entry.name + "' is damaged");
    const std::uint64_t begin = local + 30 + number(local + 26, 2) + number(local + 28, 2);
    entry.packed = part(begin, packed);
    at += 46 + name + extra + comment;
    return entry;
  }

  // The ZIP64 field: 64-bit numbers in place of those that are all ones, in this order.
  void read_wide_sizes(std::uint64_t at, std::uint64_t length, std::uint64_t& size, std::uint64_t& packed,
                       std::uint64_t& local) const {
    const std::uint64_t end = at + length;
    while (at + 4 <= end) {
      const std::uint64_t kind = number(at, 2), bytes = number(at + 2, 2);
      std::uint64_t field = at + 4;
      for (std::uint64_t* wide : {&size, &packed, &local}) {
        if (kind != 1 || *wide != 0xFFFFFFFF || field + 8 > end) continue;
        *wide = number(field, 8);
        field += 8;
      }
      at += 4 + bytes;
    }
  }

  void check_overlaps(const std::vector<ZipEntry>& entries) const {
    std::vector<std::span<const char>> parts;
    for (const ZipEntry& entry : entries) parts.push_back(entry.packed);
    std::sort(parts.begin(), parts.end(), [](auto a, auto b) { return a.data() < b.data(); });
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (parts[i - 1].data() + parts[i - 1].size() > parts[i].data()) {
        fail(static_cast<std::uint64_t>(parts[i].data() - bytes_.data()), "entries of the ZIP archive overlap");
      }
    }
  }

  const std::span<const char> bytes_;
  const std::string& name_;
};

class EntrySource : public ByteSource {
 public:
  EntrySource(const ZipEntry& entry, std::string name) : ByteSource(std::move(name)), entry_(entry), rest_(entry.size) {
    stream_.next_in = reinterpret_cast<const Bytef*>(entry.packed.data());
    // Fed a gigabyte at a time, since zlib counts in 32 bits.
    if (entry.deflated && inflateInit2(&stream_, -15) != Z_OK) throw Error("[zip] no memory");
  }
  ~EntrySource() override {
    if (entry_.deflated) inflateEnd(&stream_);
  }

  std::size_t read(std::span<char> to) override {
    to = to.first(static_cast<std::size_t>(std::min<std::uint64_t>(to.size(), rest_)));
    if (to.empty()) return 0;
    if (entry_.deflated) {
      unpack(to);
    } else {
      std::memcpy(to.data(), entry_.packed.data() + (entry_.size - rest_), to.size());
    }
    rest_ -= to.size();
    for (std::size_t at = 0; at < to.size(); at += std::size_t{1} << 30) {
      const auto part = static_cast<uInt>(std::min<std::size_t>(to.size() - at, std::size_t{1} << 30));
      sum_ = crc32(sum_, reinterpret_cast<const Bytef*>(to.data() + at), part);
    }
    if (rest_ == 0 && sum_ != entry_.check_sum)
      throw DataError(name() + ": its check sum is wrong: the file is damaged");
    return to.size();
  }
  std::optional<std::uint64_t> size() const override { return rest_; }

 private:
  void unpack(std::span<char> to) {
    std::size_t done = 0;
    while (done < to.size()) {
      if (stream_.avail_in == 0) {
        const std::size_t more = std::min(entry_.packed.size() - fed_, std::size_t{1} << 30);
        stream_.avail_in = static_cast<uInt>(more);
        fed_ += more;
      }
      const auto want = static_cast<uInt>(std::min<std::size_t>(to.size() - done, std::size_t{1} << 30));
      stream_.next_out = reinterpret_cast<Bytef*>(to.data() + done);
      stream_.avail_out = want;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      const std::size_t got = want - stream_.avail_out;
      done += got;
      if (done < to.size() && (status != Z_OK || (got == 0 && fed_ == entry_.packed.size()))) {
        throw DataError(name() + ": its packed data is damaged");
      }
    }
  }

  const ZipEntry entry_;
  std::uint64_t rest_;
  std::size_t fed_ = 0;
  uLong sum_ = crc32(0, nullptr, 0);
  z_stream stream_ = {};
};

}  // namespace

std::vector<ZipEntry> list_zip(std::span<const char> archive, const std::string& name) {
  return Archive(archive, name).list();
}

std::unique_ptr<ByteSource> open_zip_entry(const ZipEntry& entry, std::string name) {
  return std::make_unique<EntrySource>(entry, std::move(name));
}

}  // namespace backprop::data
