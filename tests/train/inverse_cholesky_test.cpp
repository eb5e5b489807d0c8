// M' M is the inverse, for sizes around those at which blocks split.
#include "train/inverse_cholesky.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace backprop {
namespace {

std::vector<double> positive_definite(std::size_t n) {
  std::mt19937 generator(static_cast<unsigned>(n));
  std::normal_distribution<double> normal;
  std::vector<double> root(n * n), matrix(n * n);
  for (double& x : root) x = normal(generator);
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t c = 0; c < n; ++c) {
      double sum = r == c ? 0.1 * static_cast<double>(n) : 0;
      for (std::size_t k = 0; k < n; ++k) sum += root[r * n + k] * root[c * n + k];
      matrix[r * n + c] = sum;
    }
  }
  return matrix;
}

TEST(InverseCholesky, GivesTheInverse) {
  for (const std::size_t n : {1u, 2u, 7u, 23u, 24u, 25u, 26u, 48u, 49u, 65u, 127u, 200u}) {
    const std::vector<double> matrix = positive_definite(n);
    std::vector<double> m = matrix;
    ASSERT_TRUE(InverseCholesky(static_cast<std::int64_t>(n)).run(m));
    double worst = 0;  // of M A M' - I
    std::vector<double> product(n * n, 0);
    for (std::size_t r = 0; r < n; ++r) {
      for (std::size_t k = 0; k < n; ++k) {
        for (std::size_t c = 0; c < n; ++c) product[r * n + c] += m[r * n + k] * matrix[k * n + c];
      }
    }
    for (std::size_t r = 0; r < n; ++r) {
      for (std::size_t c = 0; c < n; ++c) {
        double sum = r == c ? -1 : 0;
        for (std::size_t k = 0; k < n; ++k) sum += product[r * n + k] * m[c * n + k];
        worst = std::max(worst, std::abs(sum));
        EXPECT_TRUE(c <= r || m[r * n + c] == 0) << n;
      }
    }
    EXPECT_LT(worst, 1e-11) << n;
  }
}

TEST(InverseCholesky, SeesWhatIsNotPositiveDefinite) {
  for (const std::size_t n : {1u, 30u, 70u}) {
    InverseCholesky inverse(static_cast<std::int64_t>(n));
    for (const std::size_t at : {std::size_t{0}, n / 2, n - 1}) {
      std::vector<double> matrix = positive_definite(n);
      matrix[at * n + at] = -1;
      EXPECT_FALSE(inverse.run(matrix)) << n << " " << at;
    }
    std::vector<double> matrix = positive_definite(n);
    matrix[(n - 1) * n] = NAN;
    EXPECT_FALSE(inverse.run(matrix));
    matrix = positive_definite(n);
    EXPECT_TRUE(inverse.run(matrix));
  }
}

}  // namespace
}  // namespace backprop
