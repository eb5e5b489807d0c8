#include "data/byte_source.hpp"

#include <algorithm>

namespace backprop::data {
namespace {

class Memory : public ByteSource {
 public:
  Memory(std::span<const char> bytes, std::string name) : ByteSource(std::move(name)), rest_(bytes) {}

  std::size_t read(std::span<char> to) override {
    const std::size_t count = std::min(to.size(), rest_.size());
    std::copy_n(rest_.begin(), count, to.begin());
    rest_ = rest_.subspan(count);
    return count;
  }
  std::optional<std::uint64_t> size() const override { return rest_.size(); }

 private:
  std::span<const char> rest_;
};

class PutBack : public ByteSource {
 public:
  PutBack(std::string head, std::unique_ptr<ByteSource> rest)
      : ByteSource(rest->name()), head_(std::move(head)), rest_(std::move(rest)) {}

  std::size_t read(std::span<char> to) override {
    const std::size_t count = std::min(to.size(), head_.size() - at_);
    std::copy_n(head_.data() + at_, count, to.begin());
    at_ += count;
    return count + (count < to.size() ? rest_->read(to.subspan(count)) : 0);
  }
  std::optional<std::uint64_t> size() const override { return more(rest_->size()); }
  std::optional<std::uint64_t> bound() const override { return more(rest_->bound()); }

 private:
  std::optional<std::uint64_t> more(std::optional<std::uint64_t> rest) const {
    return rest ? std::optional(*rest + head_.size() - at_) : rest;
  }

  std::string head_;
  std::size_t at_ = 0;
  std::unique_ptr<ByteSource> rest_;
};

}  // namespace

std::unique_ptr<ByteSource> put_back(std::string head, std::unique_ptr<ByteSource> rest) {
  return std::make_unique<PutBack>(std::move(head), std::move(rest));
}

std::unique_ptr<ByteSource> bytes_in_memory(std::span<const char> bytes, std::string name) {
  return std::make_unique<Memory>(bytes, std::move(name));
}

}  // namespace backprop::data
