// A feature matrix that is larger than memory, in a scratch file. Thread safety: one thread at a time.
#pragma once
#include <cstdint>
#include <span>

#include "data/scratch_file.hpp"

namespace backprop::data {

class FeatureFile {
 public:
  explicit FeatureFile(std::size_t columns) : columns_(columns) {}
  // Whole rows, behind those before.
  void append(std::span<const float> rows) {
    file_.write(size_, std::as_bytes(rows));
    size_ += rows.size_bytes();
  }
  // Fills in rows from `first` on.
  void read(std::size_t first, std::span<float> rows) const {
    file_.read(first * columns_ * sizeof(float), std::as_writable_bytes(rows));
  }

 private:
  std::size_t columns_;
  ScratchFile file_;
  std::uint64_t size_ = 0;
};

}  // namespace backprop::data
