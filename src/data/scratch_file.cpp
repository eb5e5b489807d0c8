#include "data/scratch_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "backprop/error.hpp"

namespace backprop::data {
namespace {

constexpr std::uint64_t written_at_once = std::uint64_t{32} << 20;

}  // namespace

ScratchFile::ScratchFile(bool in_order) {
  const char* named = std::getenv("TMPDIR");
  folder_ = named != nullptr && *named != '\0' ? named : "/var/tmp";  // /tmp is memory on many machines
  std::string path = folder_ + "/backprop-XXXXXX";
  descriptor_ = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor_ < 0) fail("cannot make a scratch file");
  ::unlink(path.c_str());
  if (!in_order) ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_RANDOM);
}

ScratchFile::~ScratchFile() { ::close(descriptor_); }

void ScratchFile::write(std::uint64_t at, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot write a scratch file");
    at += static_cast<std::uint64_t>(n);
    written_ += static_cast<std::uint64_t>(n);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  if (written_ < written_at_once) return;
  written_ = 0;
#ifdef __linux__
  ::sync_file_range(descriptor_, 0, 0, SYNC_FILE_RANGE_WRITE);  // only what is on the disk can leave the cache
#endif
  ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_DONTNEED);
}

void ScratchFile::read(std::uint64_t at, std::span<std::byte> bytes) const {
  const std::uint64_t begin = at, size = bytes.size();
  while (!bytes.empty()) {
    const ssize_t n = ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = EIO;  // it was written
    if (n <= 0) fail("cannot read a scratch file");
    at += static_cast<std::uint64_t>(n);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  ::posix_fadvise(descriptor_, static_cast<off_t>(begin), static_cast<off_t>(size), POSIX_FADV_DONTNEED);
}

void ScratchFile::expect(std::uint64_t at, std::uint64_t bytes) const {
  ::posix_fadvise(descriptor_, static_cast<off_t>(at), static_cast<off_t>(bytes), POSIX_FADV_WILLNEED);
}

void ScratchFile::fail(const char* what) const {
  throw Error(std::string(what) + " in " + folder_ + ": " + std::strerror(errno) +
              "; the variable TMPDIR names another folder");
}

}  // namespace backprop::data
