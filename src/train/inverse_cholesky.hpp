// The inverse of the Cholesky factor, by halves, so that all but small blocks is matrix products of the engine's own
// speed. Thread safety: one thread at a time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace backprop {

class InverseCholesky {
 public:
  explicit InverseCholesky(std::int64_t size);
  ~InverseCholesky();

  // `matrix`, symmetric [size, size], of which the lower half is read, becomes M = L^-1 with zeros above its diagonal,
  // where matrix = L L': then the inverse of matrix is M' M. False when it is not positive definite: it is undefined
  // then.
  bool run(std::span<double> matrix);

 private:
  struct Split;
  bool run(double* block, Split* split);
  bool run_small(double* block, std::int64_t size);

  std::int64_t size_;
  std::unique_ptr<Split> whole_;
  std::vector<double> left_, right_;  // L21, L21 L21'
  std::vector<std::byte> scratch_;
};

}  // namespace backprop
