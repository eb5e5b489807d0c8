// Shuffled batches of examples, gathered row by row. The order is a pure function of seed and epoch; the last batch of
// an epoch is shorter, never dropped. Thread safety: one thread at a time.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "backprop/tensor.hpp"

namespace backprop {

class Batches {
 public:
  // The arrays, [rows, ...] each, stay where they are.
  Batches(const std::vector<TensorView>& arrays, std::int64_t batch_size, std::uint64_t seed);

  // Behind the first `seen` rows of its order, where an earlier process came to.
  void start_epoch(int number, std::int64_t seen = 0);
  // Gathers the next batch; false at the end of the epoch.
  bool next();
  // The batch, valid until the next one, in the order of the arrays.
  std::span<const TensorView> views() const { return views_; }
  std::int64_t rows() const { return rows_; }  // of the batch
  // Their positions in `inputs`.
  std::span<const std::uint32_t> numbers() const {
    return std::span(order_).subspan(position_ - static_cast<std::size_t>(rows_), static_cast<std::size_t>(rows_));
  }

 private:
  struct Part {
    TensorView all;
    std::size_t row_bytes;
    Tensor batch;
  };

  std::vector<Part> parts_;
  std::vector<TensorView> views_;
  std::vector<std::uint32_t> order_;
  std::int64_t batch_size_;
  std::uint64_t seed_;
  std::size_t position_ = 0;
  std::int64_t rows_ = 0;
};

}  // namespace backprop
