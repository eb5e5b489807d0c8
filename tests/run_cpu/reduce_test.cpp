// The fast reductions give the bits of the contract's plain loops.
#include "run/cpu/reduce.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "instruction_sets.hpp"

namespace backprop::cpu {
namespace {

constexpr Reduction kinds[] = {Reduction::sum, Reduction::mean, Reduction::prod, Reduction::max, Reduction::min};

template <class T> bool same(const std::vector<T>& a, const std::vector<T>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::memcmp(&a[i], &b[i], sizeof(T)) != 0 && (a[i] == a[i] || b[i] == b[i])) return false;
  }
  return a.size() == b.size();
}

// Near 1, so that products stay finite; `special` adds NaN, infinities and zeros of both signs.
template <class T> std::vector<T> random_numbers(std::int64_t n, bool special, std::mt19937& random) {
  std::vector<T> x(static_cast<std::size_t>(n));
  for (T& v : x) v = std::uniform_real_distribution<T>(T(-1.05), T(1.05))(random);
  constexpr T unusual[] = {T(0), -T(0), std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity(),
                           -std::numeric_limits<T>::infinity()};
  if (special && n > 0) x[random() % x.size()] = unusual[random() % std::size(unusual)];
  return x;
}

template <class T> void check(std::int64_t outer, std::int64_t n, std::int64_t inner, std::mt19937& random) {
  for (const Reduction kind : kinds) {
    SCOPED_TRACE(testing::Message() << "kind " << static_cast<int>(kind) << ", " << outer << " x " << n << " x "
                                    << inner);
    const auto x = random_numbers<T>(outer * n * inner, random() % 2 == 0, random);
    std::vector<T> expected(static_cast<std::size_t>(outer * inner)), actual(expected.size());
    reduce_by_contract(kind, x.data(), outer, n, inner, expected.data());
    const ReduceKernels<T>& kernels = reduce_kernels<T>(kind);
    if (inner == 1) {
      kernels.rows(x.data(), outer, n, n, actual.data());
    } else {
      for (std::int64_t o = 0; o < outer; ++o) {
        kernels.columns(x.data() + o * n * inner, n, inner, inner, actual.data() + o * inner);
      }
    }
    EXPECT_TRUE(same(actual, expected));
  }
}

TEST(Reduce, EqualsTheContract) {
  for_each_instruction_set([](std::int64_t) {
    std::mt19937 random(1);
    for (const std::int64_t n :
         {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 100, 1023, 1024, 1025, 2050, 4095, 4096, 4097, 9000}) {
      check<float>(3, n, 1, random);
      check<double>(2, n, 1, random);
      for (const std::int64_t inner : {2, 3, 8, 15, 17, 70}) {
        if (n > 2050 && inner != 3) continue;
        check<float>(2, n, inner, random);
        check<double>(1, n, inner, random);
      }
    }
  });
}

TEST(Reduce, ColumnsAndRowsWithStrides) {
  for_each_instruction_set([](std::int64_t) {
    std::mt19937 random(2);
    const std::int64_t rows = 37, columns = 21, stride = 33;
    const auto x = random_numbers<float>(rows * stride, false, random);
    std::vector<float> by_row(rows), by_column(columns);
    const ReduceKernels<float>& sum = reduce_kernels<float>(Reduction::sum);
    sum.rows(x.data() + 1, rows, columns, stride, by_row.data());
    sum.columns(x.data() + 1, rows, columns, stride, by_column.data());
    for (std::int64_t r = 0; r < rows; ++r) {
      const auto term = [&](std::int64_t i) { return x[static_cast<std::size_t>(1 + r * stride + i)]; };
      EXPECT_EQ(by_row[static_cast<std::size_t>(r)], reduce_row_by_contract<float>(Reduction::sum, columns, term));
    }
    for (std::int64_t c = 0; c < columns; ++c) {
      const auto term = [&](std::int64_t i) { return x[static_cast<std::size_t>(1 + i * stride + c)]; };
      EXPECT_EQ(by_column[static_cast<std::size_t>(c)], reduce_column_by_contract<float>(Reduction::sum, rows, term));
    }
  });
}

}  // namespace
}  // namespace backprop::cpu
