#include "train/bucket_batches.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

namespace backprop {
namespace {

// Features, a label and weights of so many examples.
std::vector<Tensor> arrays_of(std::int64_t rows) {
  std::vector<Tensor> arrays;
  arrays.emplace_back(float32, Extents{rows, 3});
  arrays.emplace_back(int64, Extents{rows});
  arrays.emplace_back(float32, Extents{rows, 2});
  std::iota(arrays[0].as<float>().begin(), arrays[0].as<float>().end(), 0.5f);
  std::iota(arrays[1].as<std::int64_t>().begin(), arrays[1].as<std::int64_t>().end(), 7);
  std::iota(arrays[2].as<float>().begin(), arrays[2].as<float>().end(), -4.0f);
  return arrays;
}

BucketBatches::Read reader(const std::vector<Tensor>& arrays) {
  return [&arrays](std::size_t first, std::size_t count) {
    std::vector<Tensor> part;
    for (const Tensor& all : arrays) {
      Extents extents = all.extents();
      const std::size_t row_bytes = all.bytes() / static_cast<std::size_t>(extents[0]);
      extents[0] = static_cast<std::int64_t>(count);
      Tensor& some = part.emplace_back(all.dtype(), extents);
      std::memcpy(some.data(), static_cast<const std::byte*>(all.data()) + first * row_bytes, count * row_bytes);
    }
    return part;
  };
}

void expect_same_batch(const Batches& a, const Batches& b) {
  ASSERT_EQ(a.rows(), b.rows());
  ASSERT_TRUE(std::equal(a.numbers().begin(), a.numbers().end(), b.numbers().begin(), b.numbers().end()));
  ASSERT_EQ(a.views().size(), b.views().size());
  for (std::size_t p = 0; p < a.views().size(); ++p) {
    const TensorView &x = a.views()[p], &y = b.views()[p];
    ASSERT_EQ(x.extents, y.extents);
    ASSERT_EQ(x.dtype, y.dtype);
    ASSERT_EQ(std::memcmp(x.data, y.data, static_cast<std::size_t>(x.size()) * size_of(x.dtype)), 0);
  }
}

TEST(BucketBatches, AreThoseOfArraysInMemory) {
  for (const std::int64_t rows : {1, 2, 63, 64, 65, 1000, 5000}) {
    const std::vector<Tensor> arrays = arrays_of(rows);
    for (const std::size_t memory : {std::size_t{1}, std::size_t{5000}, std::size_t{40'000}, std::size_t{1} << 20}) {
      SCOPED_TRACE(std::to_string(rows) + " rows, " + std::to_string(memory) + " bytes");
      ArrayBatches expected({arrays.begin(), arrays.end()}, 64, 3);
      BucketBatches batches(reader(arrays), rows, 64, 3, memory);
      for (int epoch = 1; epoch <= 3; ++epoch) {
        expected.start_epoch(epoch);
        batches.start_epoch(epoch);
        while (expected.next()) {
          ASSERT_TRUE(batches.next());
          expect_same_batch(batches, expected);
        }
        ASSERT_FALSE(batches.next());
      }
    }
  }
}

TEST(BucketBatches, GoOnInTheMiddleOfAnEpoch) {
  const std::vector<Tensor> arrays = arrays_of(1000);
  for (std::int64_t seen = 0; seen < 1000; seen += 64) {
    ArrayBatches expected({arrays.begin(), arrays.end()}, 64, 5);
    BucketBatches batches(reader(arrays), 1000, 64, 5, 10'000);
    batches.start_epoch(1);
    batches.next();
    expected.start_epoch(2, seen);
    batches.start_epoch(2, seen);
    while (expected.next()) {
      ASSERT_TRUE(batches.next());
      expect_same_batch(batches, expected);
    }
    ASSERT_FALSE(batches.next());
  }
}

}  // namespace
}  // namespace backprop
