#include "train/bucket_batches.hpp"

#include <algorithm>
#include <cstring>

namespace backprop {
namespace {

constexpr std::size_t dealt_at_once = 1024, least_buffer = 4096, read_bytes = 1 << 20;

}  // namespace

BucketBatches::BucketBatches(Read read, std::int64_t examples, std::int64_t batch_size, std::uint64_t seed,
                             std::size_t memory)
    : Batches(examples, batch_size, seed), read_(std::move(read)) {
  for (const Tensor& array : read_(0, 1)) {
    parts_.push_back({array.dtype(), array.extents(), array.bytes(), {}});
    record_bytes_ += array.bytes();
    views_.push_back(array);
  }
  const auto batch = static_cast<std::size_t>(batch_size_);
  bucket_rows_ = std::max<std::size_t>(memory / record_bytes_ / batch, 1) * batch;
}

std::size_t BucketBatches::rows_in(std::size_t bucket) const {
  return std::min(bucket_rows_, order_.size() - bucket * bucket_rows_);
}

void BucketBatches::start_epoch(int number, std::int64_t seen) {
  shuffle(number, seen);
  loaded_.reset();
  for (Part& part : parts_) part.bucket = {};
  deal(position_ / bucket_rows_);
}

// Those of buckets before the first one have been seen.
void BucketBatches::deal(std::size_t first_bucket) {
  const std::size_t rows = order_.size(), buckets = (rows + bucket_rows_ - 1) / bucket_rows_;
  std::vector<std::uint32_t> places(rows);  // the inverse of the order
  for (std::size_t i = 0; i < rows; ++i) places[order_[i]] = static_cast<std::uint32_t>(i);
  const std::size_t buffer_bytes =
      std::max({bucket_rows_ * record_bytes_ / buckets, least_buffer, record_bytes_}) / record_bytes_ * record_bytes_;
  struct Buffer {
    std::vector<std::byte> bytes;
    std::uint64_t written = 0;
  };
  std::vector<Buffer> buffers(buckets);
  const auto flush = [&](std::size_t b) {
    Buffer& buffer = buffers[b];
    file_.write(b * bucket_rows_ * record_bytes_ + buffer.written, buffer.bytes);
    buffer.written += buffer.bytes.size();
    buffer.bytes.clear();
  };
  for (std::size_t first = 0; first < rows; first += dealt_at_once) {
    const std::size_t count = std::min(dealt_at_once, rows - first);
    const std::vector<Tensor> arrays = read_(first, count);
    for (std::size_t r = 0; r < count; ++r) {
      const std::size_t bucket = places[first + r] / bucket_rows_;
      if (bucket < first_bucket) continue;
      std::vector<std::byte>& bytes = buffers[bucket].bytes;
      if (bytes.capacity() == 0) bytes.reserve(buffer_bytes);
      const auto place = static_cast<std::uint32_t>(places[first + r] % bucket_rows_);
      const auto append = [&](const void* from, std::size_t size) {
        const auto* begin = static_cast<const std::byte*>(from);
        bytes.insert(bytes.end(), begin, begin + size);
      };
      append(&place, sizeof place);
      for (std::size_t p = 0; p < parts_.size(); ++p) {
        append(static_cast<const std::byte*>(arrays[p].data()) + r * parts_[p].row_bytes, parts_[p].row_bytes);
      }
      if (bytes.size() == buffer_bytes) flush(bucket);
    }
  }
  for (std::size_t b = first_bucket; b < buckets; ++b) flush(b);
}

void BucketBatches::load(std::size_t bucket) {
  const std::size_t rows = rows_in(bucket);
  for (Part& part : parts_) part.bucket.resize(rows * part.row_bytes);
  const std::size_t block = std::max<std::size_t>(read_bytes / record_bytes_, 1);
  std::vector<std::byte> records;
  for (std::size_t first = 0; first < rows; first += block) {
    records.resize(std::min(block, rows - first) * record_bytes_);
    file_.read((bucket * bucket_rows_ + first) * record_bytes_, records);
    for (const std::byte* at = records.data(); at != records.data() + records.size();) {
      std::uint32_t place = 0;
      std::memcpy(&place, at, sizeof place);
      at += sizeof place;
      for (Part& part : parts_) {
        std::memcpy(part.bucket.data() + place * part.row_bytes, at, part.row_bytes);
        at += part.row_bytes;
      }
    }
  }
  loaded_ = bucket;
}

bool BucketBatches::next() {
  rows_ = next_rows();
  if (rows_ == 0) return false;
  const std::size_t bucket = position_ / bucket_rows_;
  if (loaded_ != bucket) load(bucket);
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    Part& part = parts_[p];
    Extents extents = part.extents;
    extents[0] = rows_;
    views_[p] = {part.dtype, extents, part.bucket.data() + position_ % bucket_rows_ * part.row_bytes};
  }
  position_ += static_cast<std::size_t>(rows_);
  return true;
}

}  // namespace backprop
