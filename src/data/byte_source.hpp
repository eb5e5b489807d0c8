// Bytes in their order, from a file, a pipe or memory. Thread safety: a source is used by one thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace backprop::data {

class ByteSource {
 public:
  explicit ByteSource(std::string name) : name_(std::move(name)) {}
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  const std::string& name() const { return name_; }  // as errors print it
  // Fills `to` from its front; fewer bytes only at the end, and then none. Throws DataError.
  virtual std::size_t read(std::span<char> to) = 0;
  // How many bytes are to come; none when it is not known.
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
  // At most so many are to come, to compare with what a header declares; none when nothing is known.
  virtual std::optional<std::uint64_t> bound() const { return size(); }

 private:
  std::string name_;
};

// Bytes in memory. The span must outlive the source.
std::unique_ptr<ByteSource> bytes_in_memory(std::span<const char> bytes, std::string name);
// Bytes that were read to see what they are, and then the rest.
std::unique_ptr<ByteSource> put_back(std::string head, std::unique_ptr<ByteSource> rest);

}  // namespace backprop::data
