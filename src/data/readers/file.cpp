// Files and the standard input as bytes, gzip unpacked as it is read.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "backprop/error.hpp"
#include "data/readers/format.hpp"

namespace backprop::data {
namespace {

class File : public ByteSource {
 public:
  explicit File(const std::string& path) : ByteSource(path == "-" ? "<stdin>" : path) {
    number_ = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (number_ < 0) throw DataError(name() + ": cannot be opened: " + std::strerror(errno));
    struct stat status {};
    if (::fstat(number_, &status) == 0 && S_ISREG(status.st_mode)) {
      const off_t at = ::lseek(number_, 0, SEEK_CUR);
      rest_ = static_cast<std::uint64_t>(std::max<off_t>(status.st_size - std::max<off_t>(at, 0), 0));
    }
  }
  ~File() override {
    if (number_ != STDIN_FILENO) ::close(number_);
  }

  std::size_t read(std::span<char> to) override {
    std::size_t done = 0;
    while (done < to.size()) {
      const ssize_t got = ::read(number_, to.data() + done, std::min<std::size_t>(to.size() - done, 1 << 30));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw DataError(name() + ": cannot be read: " + std::strerror(errno));
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    if (rest_) *rest_ -= std::min<std::uint64_t>(*rest_, done);
    return done;
  }
  std::optional<std::uint64_t> size() const override { return rest_; }

 private:
  int number_;
  std::optional<std::uint64_t> rest_;
};

// RFC 1952, one member or several. DEFLATE makes of a byte at most 1032.
class Gzip : public ByteSource {
 public:
  explicit Gzip(std::unique_ptr<ByteSource> packed)
      : ByteSource(packed->name()), packed_(std::move(packed)), input_(std::size_t{1} << 16) {
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw Error("[gzip] no memory");
  }
  ~Gzip() override { inflateEnd(&stream_); }

  std::size_t read(std::span<char> to) override {
    std::size_t done = 0;
    while (done < to.size() && !ended_) {
      if (stream_.avail_in == 0) fill();
      const auto want = static_cast<uInt>(std::min<std::size_t>(to.size() - done, 1 << 30));
      stream_.next_out = reinterpret_cast<Bytef*>(to.data() + done);
      stream_.avail_out = want;
      const uInt before = stream_.avail_in;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      at_ += before - stream_.avail_in;
      done += want - stream_.avail_out;
      if (status == Z_STREAM_END) {
        next_member();
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        throw DataError(name() + ": byte " + std::to_string(at_) + ": the gzip data is damaged (" +
                        (stream_.msg ? stream_.msg : "wrong check sum") + ")");
      } else if (stream_.avail_in == 0 && packed_ended_) {
        throw DataError(name() + ": byte " + std::to_string(at_) + ": the file ends in the middle of the gzip data");
      }
    }
    return done;
  }
  std::optional<std::uint64_t> bound() const override {
    const auto rest = packed_->size();
    return rest ? std::optional((*rest + stream_.avail_in) * 1032 + 65536) : rest;
  }

 private:
  void fill() {
    if (packed_ended_) return;
    const std::size_t got = packed_->read(input_);
    packed_ended_ = got < input_.size();
    stream_.next_in = reinterpret_cast<const Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(got);
  }
  void next_member() {
    if (stream_.avail_in == 0) fill();
    // As gzip does: zeros behind the last member are padding.
    while (stream_.avail_in > 0 && *stream_.next_in == 0) {
      ++stream_.next_in;
      if (--stream_.avail_in == 0) fill();
    }
    ended_ = stream_.avail_in == 0;
    if (!ended_) inflateReset(&stream_);
  }

  std::unique_ptr<ByteSource> packed_;
  std::vector<char> input_;
  z_stream stream_ = {};
  std::uint64_t at_ = 0;  // in the packed bytes
  bool packed_ended_ = false, ended_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> open_file(const std::string& path) {
  std::unique_ptr<ByteSource> file = std::make_unique<File>(path);
  char magic[2];
  const std::string_view head(magic, file->read(magic));
  file = put_back(std::string(head), std::move(file));
  return head == "\x1f\x8b" ? std::make_unique<Gzip>(std::move(file)) : std::move(file);
}

}  // namespace backprop::data
