// Shuffled batches of examples that do not fit in memory. An epoch reads them once in their order and deals each to the
// bucket of its place in the shuffled order, on disk; then one bucket after another is put in order in memory. The
// batches are those of ArrayBatches, to the bit. Thread safety: one thread at a time.
#pragma once
#include <functional>
#include <optional>

#include "data/scratch_file.hpp"
#include "train/batches.hpp"

namespace backprop {

class BucketBatches : public Batches {
 public:
  // The arrays of examples [first, first + count), [count, ...] each.
  using Read = std::function<std::vector<Tensor>(std::size_t first, std::size_t count)>;
  // Holds about `memory` bytes of examples, and twice 4 bytes of each.
  BucketBatches(Read read, std::int64_t examples, std::int64_t batch_size, std::uint64_t seed, std::size_t memory);
  void start_epoch(int number, std::int64_t seen = 0) override;
  bool next() override;

 private:
  struct Part {
    DType dtype;
    Extents extents;  // of a row
    std::size_t row_bytes;
    std::vector<std::byte> bucket;
  };
  void deal(std::size_t first_bucket);
  void load(std::size_t bucket);
  std::size_t rows_in(std::size_t bucket) const;

  Read read_;
  std::vector<Part> parts_;
  std::size_t record_bytes_ = sizeof(std::uint32_t);  // its place in the bucket, and its row of each array
  std::size_t bucket_rows_ = 0;                       // a multiple of the batch size
  std::optional<std::size_t> loaded_;
  data::ScratchFile file_;
};

}  // namespace backprop
