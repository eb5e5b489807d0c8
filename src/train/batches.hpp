// Shuffled batches of examples. The order is a pure function of seed and epoch, wherever the examples are; the last
// batch of an epoch is shorter, never dropped. Thread safety: one thread at a time.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "backprop/tensor.hpp"

namespace backprop {

class Batches {
 public:
  virtual ~Batches() = default;
  Batches(const Batches&) = delete;
  Batches& operator=(const Batches&) = delete;

  // Behind the first `seen` rows of its order, where an earlier process came to.
  virtual void start_epoch(int number, std::int64_t seen = 0) = 0;
  // Gathers the next batch; false at the end of the epoch.
  virtual bool next() = 0;
  // The batch, valid until the next one, in the order of the arrays.
  std::span<const TensorView> views() const { return views_; }
  std::int64_t rows() const { return rows_; }  // of the batch
  // The numbers of its examples.
  std::span<const std::uint32_t> numbers() const {
    return std::span(order_).subspan(position_ - static_cast<std::size_t>(rows_), static_cast<std::size_t>(rows_));
  }

 protected:
  Batches(std::int64_t examples, std::int64_t batch_size, std::uint64_t seed);
  void shuffle(int epoch, std::int64_t seen);
  // Of the next batch, 0 at the end.
  std::int64_t next_rows() const;

  std::vector<TensorView> views_;
  std::vector<std::uint32_t> order_;
  std::int64_t batch_size_;
  std::uint64_t seed_;
  std::size_t position_ = 0;
  std::int64_t rows_ = 0;
};

// Gathered row by row from arrays in memory.
class ArrayBatches : public Batches {
 public:
  // The arrays, [rows, ...] each, stay where they are.
  ArrayBatches(const std::vector<TensorView>& arrays, std::int64_t batch_size, std::uint64_t seed);
  void start_epoch(int number, std::int64_t seen = 0) override;
  bool next() override;

 private:
  struct Part {
    TensorView all;
    std::size_t row_bytes;
    Tensor batch;
  };
  std::vector<Part> parts_;
};

}  // namespace backprop
