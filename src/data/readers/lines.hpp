// Lines of a text, one after another. Thread safety: used by one thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/byte_source.hpp"

namespace backprop::data {

class Lines {
 public:
  explicit Lines(std::unique_ptr<ByteSource> bytes) : bytes_(std::move(bytes)) {}

  // The next line without its end, valid until the next call. Throws DataError for what is not UTF-8 text.
  std::optional<std::string_view> next();
  std::uint64_t number() const { return number_; }  // of the line that next() gave, from 1
  const std::string& name() const { return bytes_->name(); }
  ByteSource& bytes() { return *bytes_; }

  // Throws DataError `FILE:LINE: what`.
  [[noreturn]] void fail(const std::string& what) const;

 private:
  std::unique_ptr<ByteSource> bytes_;
  std::vector<char> buffer_;
  std::size_t at_ = 0, used_ = 0;
  std::uint64_t number_ = 0;
  bool ended_ = false;
};

}  // namespace backprop::data
