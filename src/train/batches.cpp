#include "train/batches.hpp"

#include <algorithm>
#include <cstring>

#include "data/shuffle.hpp"

namespace backprop {
namespace {

// Rows ahead that are asked for while one is copied: a row of a large table is found nowhere but in memory, and one
// after the other took 54 ns each of 28 numbers.
constexpr std::size_t rows_ahead = 16;

void prefetch(const std::byte* row, std::size_t bytes) {
  constexpr std::size_t line = 64, most_lines = 4;  // those behind them come by themselves
  for (std::size_t at = 0; at < std::min(bytes, most_lines * line); at += line) __builtin_prefetch(row + at);
}

}  // namespace

Batches::Batches(std::int64_t examples, std::int64_t batch_size, std::uint64_t seed)
    : order_(static_cast<std::size_t>(examples)), batch_size_(std::min(batch_size, examples)), seed_(seed) {}

void Batches::shuffle(int epoch, std::int64_t seen) {
  order_ = data::permutation(order_.size(), seed_, static_cast<std::uint64_t>(epoch), "batches");
  position_ = static_cast<std::size_t>(seen);
}

std::int64_t Batches::next_rows() const {
  return std::min(batch_size_, static_cast<std::int64_t>(order_.size() - position_));
}

ArrayBatches::ArrayBatches(const std::vector<TensorView>& arrays, std::int64_t batch_size, std::uint64_t seed)
    : Batches(arrays.at(0).extents[0], batch_size, seed) {
  for (const TensorView& all : arrays) {
    Extents extents = all.extents;
    const std::int64_t row_elements = all.size() / std::max<std::int64_t>(extents[0], 1);
    extents[0] = batch_size_;
    parts_.push_back({all, static_cast<std::size_t>(row_elements) * size_of(all.dtype), Tensor(all.dtype, extents)});
    views_.push_back(parts_.back().batch);
  }
}

void ArrayBatches::start_epoch(int number, std::int64_t seen) { shuffle(number, seen); }

bool ArrayBatches::next() {
  rows_ = next_rows();
  if (rows_ == 0) return false;
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const Part& part = parts_[p];
    const auto* from = static_cast<const std::byte*>(part.all.data);
    auto* to = static_cast<std::byte*>(views_[p].data);
    const std::size_t end = position_ + static_cast<std::size_t>(rows_);
    for (std::size_t at = position_; at < end; ++at, to += part.row_bytes) {
      const std::size_t ahead = std::min(at + rows_ahead, order_.size() - 1);
      prefetch(from + order_[ahead] * part.row_bytes, part.row_bytes);
      std::memcpy(to, from + order_[at] * part.row_bytes, part.row_bytes);
    }
    views_[p].extents[0] = rows_;
  }
  position_ += static_cast<std::size_t>(rows_);
  return true;
}

}  // namespace backprop
