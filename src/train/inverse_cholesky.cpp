#include "train/inverse_cholesky.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "run/cpu/product.hpp"

namespace backprop {
namespace {

constexpr std::int64_t small = 24;

}  // namespace

// A block in four: [h, h] above, [r, h] and [r, r] below.
struct InverseCholesky::Split {
  std::int64_t size, half;
  std::unique_ptr<Split> above, below;                 // of what is larger than `small`
  cpu::ProductPlan factor, square, through, backward;  // A21 M11', L21 L21', L21 M11, M22 times that
  std::vector<double> kept;                            // L21 M11, while the block below is computed

  Split(std::int64_t n, std::int64_t stride) : size(n), half(n <= small ? n : (n / 2 + 7) / 8 * 8) {
    if (n <= small) return;
    const std::int64_t rest = n - half;
    kept.resize(static_cast<std::size_t>(rest * half));
    above = std::make_unique<Split>(half, stride);
    below = std::make_unique<Split>(rest, stride);
    const auto plan = [](std::int64_t rows, std::int64_t columns, std::int64_t terms, cpu::MatrixLayout a,
                         cpu::MatrixLayout b, cpu::MatrixLayout c) {
      return cpu::plan_product(
          {.dtype = float64, .rows = rows, .columns = columns, .terms = terms, .a = a, .b = b, .c = c}, 1);
    };
    factor = plan(rest, half, half, {stride, 1}, {1, stride}, {half, 1});
    square = plan(rest, rest, half, {half, 1}, {1, half}, {rest, 1});
    through = plan(rest, half, half, {half, 1}, {stride, 1}, {half, 1});
    backward = plan(rest, half, rest, {stride, 1}, {half, 1}, {stride, 1});
  }
  std::size_t scratch_bytes() const {
    if (!above) return 0;
    return std::max({above->scratch_bytes(), below->scratch_bytes(), factor.scratch_bytes, square.scratch_bytes,
                     through.scratch_bytes, backward.scratch_bytes});
  }
};

InverseCholesky::InverseCholesky(std::int64_t size) : size_(size), whole_(std::make_unique<Split>(size, size)) {
  const std::int64_t half = whole_->half, rest = size - half;
  left_.resize(static_cast<std::size_t>(rest * half));
  right_.resize(static_cast<std::size_t>(rest * rest));
  scratch_.resize(whole_->scratch_bytes() + 64);
}
InverseCholesky::~InverseCholesky() = default;

bool InverseCholesky::run(std::span<double> matrix) { return run(matrix.data(), whole_.get()); }

bool InverseCholesky::run(double* block, Split* split) {
  if (!split->above) return run_small(block, split->size);
  const std::int64_t half = split->half, rest = split->size - half;
  double* const low = block + half * size_;  // A21, then M21
  double* const corner = low + half;         // A22, then M22
  void* start = scratch_.data();
  std::size_t room = scratch_.size();
  auto* const scratch = static_cast<std::byte*>(std::align(64, room - 63, start, room));
  if (!run(block, split->above.get())) return false;
  cpu::run_product(split->factor, low, block, left_.data(), scratch, 0);
  cpu::run_product(split->square, left_.data(), left_.data(), right_.data(), scratch, 0);
  for (std::int64_t r = 0; r < rest; ++r) {
    for (std::int64_t c = 0; c <= r; ++c) corner[r * size_ + c] -= right_[static_cast<std::size_t>(r * rest + c)];
  }
  cpu::run_product(split->through, left_.data(), block, split->kept.data(), scratch, 0);
  if (!run(corner, split->below.get())) return false;
  cpu::run_product(split->backward, corner, split->kept.data(), low, scratch, 0);
  for (std::int64_t r = 0; r < rest; ++r) {
    for (std::int64_t c = 0; c < half; ++c) low[r * size_ + c] = -low[r * size_ + c];
  }
  for (std::int64_t r = 0; r < half; ++r) std::fill_n(block + r * size_ + half, rest, 0.0);
  return true;
}

bool InverseCholesky::run_small(double* block, std::int64_t n) {
  const auto at = [&](std::int64_t r, std::int64_t c) -> double& { return block[r * size_ + c]; };
  for (std::int64_t c = 0; c < n; ++c) {  // L, column by column
    double diagonal = at(c, c);
    for (std::int64_t k = 0; k < c; ++k) diagonal -= at(c, k) * at(c, k);
    if (!(diagonal > 0) || !std::isfinite(diagonal)) return false;
    at(c, c) = std::sqrt(diagonal);
    for (std::int64_t r = c + 1; r < n; ++r) {
      double sum = at(r, c);
      for (std::int64_t k = 0; k < c; ++k) sum -= at(r, k) * at(c, k);
      at(r, c) = sum / at(c, c);
    }
  }
  for (std::int64_t c = 0; c < n; ++c) {  // M: L M = I, in place from the left
    at(c, c) = 1 / at(c, c);
    for (std::int64_t r = c + 1; r < n; ++r) {
      double sum = 0;
      for (std::int64_t k = c; k < r; ++k) sum += at(r, k) * at(k, c);
      at(r, c) = -sum / at(r, r);
    }
  }
  for (std::int64_t r = 0; r < n; ++r) std::fill_n(block + r * size_ + r + 1, n - r - 1, 0.0);
  return true;
}

}  // namespace backprop
