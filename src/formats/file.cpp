#include "formats/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "backprop/error.hpp"

namespace backprop {
namespace {

constexpr std::size_t gather_bytes = 1 << 20;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

[[noreturn]] void cannot_write(const std::string& path) {
  throw Error("cannot write " + path + ": " + std::strerror(errno));
}

}  // namespace

std::string read_file(const std::string& path, std::int64_t limit) {
  const auto fail = [&](const std::string& what) { throw DataError(path + ": " + what); };
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) fail(errno == ENOENT ? "no such file" : std::strerror(errno));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail(std::strerror(errno));
  if (!S_ISREG(status.st_mode)) fail("is not a file");
  if (status.st_size > limit) fail("has more than " + std::to_string(limit) + " bytes");
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(std::strerror(errno));
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

void write_file(const std::string& path, std::string_view bytes) { write_file(path, std::span(&bytes, 1)); }

void write_file(const std::string& path, std::span<const std::string_view> parts) {
  const std::string temporary = path + ".partial-" + std::to_string(::getpid());
  const auto fail = [&] {
    const std::string reason = std::strerror(errno);
    ::unlink(temporary.c_str());
    throw Error("cannot write " + path + ": " + reason);
  };
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.get() < 0) fail();
  // Small parts go together: a system call each would cost more than the bytes.
  std::string gathered;
  for (const std::string_view bytes : parts) {
    const bool large = bytes.size() >= gather_bytes;
    if (!large) gathered += bytes;
    if (!large && gathered.size() < gather_bytes) continue;
    if (!write_all(file.get(), gathered) || (large && !write_all(file.get(), bytes))) fail();
    gathered.clear();
  }
  if (!write_all(file.get(), gathered)) fail();
  if (::fsync(file.get()) != 0 || !file.close()) fail();
  if (::rename(temporary.c_str(), path.c_str()) != 0) fail();
  // The new name itself reaches the disk with its folder; some file systems refuse to sync one, which loses nothing.
  const Descriptor folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const bool lost =
      folder.get() < 0 ? errno != EACCES : ::fsync(folder.get()) != 0 && errno != EINVAL && errno != ENOTSUP;
  if (lost) {
    throw Error("cannot write " + path + ": its folder: " + std::strerror(errno));
  }
}

AppendedFile::AppendedFile(std::string path)
    : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) cannot_write(path_);
}
AppendedFile::~AppendedFile() { ::close(descriptor_); }

void AppendedFile::add(std::string_view bytes) {
  if (!write_all(descriptor_, bytes)) cannot_write(path_);
}

void AppendedFile::sync() {
  if (::fsync(descriptor_) != 0) cannot_write(path_);
}

}  // namespace backprop
