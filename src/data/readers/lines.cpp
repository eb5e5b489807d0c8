#include "data/readers/lines.hpp"

#include <algorithm>
#include <cstring>

#include "backprop/error.hpp"
#include "data/csv_format.hpp"

namespace backprop::data {

std::optional<std::string_view> Lines::next() {
  std::size_t looked = at_;
  while (true) {
    const void* found = used_ > looked ? std::memchr(buffer_.data() + looked, '\n', used_ - looked) : nullptr;
    if (found == nullptr && !ended_) {
      std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(at_),
                buffer_.begin() + static_cast<std::ptrdiff_t>(used_), buffer_.begin());
      used_ -= at_;
      at_ = 0;
      looked = used_;
      const std::size_t more = std::max<std::size_t>(std::size_t{1} << 16, used_);
      buffer_.resize(used_ + more);
      const std::size_t got = bytes_->read(std::span(buffer_).subspan(used_, more));
      used_ += got;
      ended_ = got < more;
      continue;
    }
    if (found == nullptr && at_ == used_) return std::nullopt;
    const std::size_t end = found ? static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data()) : used_;
    std::string_view line(buffer_.data() + at_, end - at_);
    at_ = std::min(end + 1, used_);
    ++number_;
    check_text(line, 0, true, name(), [&](std::size_t) { return number_; });
    if (number_ == 1 && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }
}

void Lines::fail(const std::string& what) const {
  throw DataError(name() + ":" + std::to_string(number_) + ": " + what);
}

}  // namespace backprop::data
