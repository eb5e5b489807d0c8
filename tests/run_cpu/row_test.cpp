// Row kernels against long double; the same bits alone and in company, and on all instruction sets with a fused
// multiply-add.
#include "run/cpu/row.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "instruction_sets.hpp"

namespace backprop::cpu {
namespace {

template <class T> struct Case {
  std::int64_t rows, columns;
  std::vector<T> x, distributions, cotangent;
  std::vector<std::int64_t> indices;
  std::vector<std::int32_t> indices32;

  Case(std::int64_t rows, std::int64_t columns, std::mt19937& random) : rows(rows), columns(columns) {
    for (std::int64_t i = 0; i < rows * columns; ++i) {
      x.push_back(std::normal_distribution<T>(0, 4)(random));
      distributions.push_back(random() % 4 == 0 ? T(0) : std::uniform_real_distribution<T>(0, 1)(random));
    }
    for (std::int64_t r = 0; r < rows; ++r) {
      indices.push_back(static_cast<std::int64_t>(random() % static_cast<unsigned>(columns)));
      indices32.push_back(static_cast<std::int32_t>(indices.back()));
      cotangent.push_back(std::normal_distribution<T>(0, 1)(random));
    }
  }
};

// All results of a case, in order.
template <class T> std::vector<std::vector<T>> run(const Case<T>& c) {
  const auto n = c.x.size(), rows = static_cast<std::size_t>(c.rows);
  std::vector<std::vector<T>> y = {std::vector<T>(n),    std::vector<T>(n), std::vector<T>(rows),
                                   std::vector<T>(rows), std::vector<T>(n), std::vector<T>(rows),
                                   std::vector<T>(n),    std::vector<T>(n), std::vector<T>(n)};
  const RowTargets<T> indices(c.indices.data()), distributions(c.distributions.data());
  softmax_rows(c.x.data(), c.rows, c.columns, y[0].data());
  log_softmax_rows(c.x.data(), c.rows, c.columns, y[1].data());
  logsumexp_rows(c.x.data(), c.rows, c.columns, y[2].data());
  softmax_cross_entropy_rows(c.x.data(), indices, c.rows, c.columns, y[3].data(), y[4].data());
  softmax_cross_entropy_rows(c.x.data(), distributions, c.rows, c.columns, y[5].data(), y[6].data());
  softmax_cross_entropy_gradient_rows(c.x.data(), indices, c.cotangent.data(), 1, c.rows, c.columns, y[7].data());
  softmax_cross_entropy_gradient_rows(c.x.data(), distributions, c.cotangent.data(), 1, c.rows, c.columns, y[8].data());
  return y;
}

template <class T> std::vector<std::vector<T>> expected(const Case<T>& c) {
  std::vector<std::vector<T>> y(9);
  for (std::int64_t r = 0; r < c.rows; ++r) {
    const T* x = c.x.data() + r * c.columns;
    const T* t = c.distributions.data() + r * c.columns;
    const auto target = c.indices[static_cast<std::size_t>(r)];
    long double s = 0, loss = 0, total = 0;
    for (std::int64_t i = 0; i < c.columns; ++i) s += std::exp(static_cast<long double>(x[i]));
    const long double log_s = std::log(s);
    for (std::int64_t i = 0; i < c.columns; ++i) {
      loss += t[i] * (log_s - x[i]);
      total += t[i];
    }
    for (std::int64_t i = 0; i < c.columns; ++i) {
      const long double p = std::exp(static_cast<long double>(x[i])) / s;
      const long double cotangent = c.cotangent[static_cast<std::size_t>(r)];
      y[0].push_back(static_cast<T>(p));
      y[1].push_back(static_cast<T>(x[i] - log_s));
      y[7].push_back(static_cast<T>((p - (i == target ? 1 : 0)) * cotangent));
      y[8].push_back(static_cast<T>((p * total - t[i]) * cotangent));
    }
    y[2].push_back(static_cast<T>(log_s));
    y[3].push_back(static_cast<T>(log_s - x[target]));
    y[5].push_back(static_cast<T>(loss));
  }
  y[4] = y[6] = y[0];
  return y;
}

template <class T> bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

template <class T> void check(std::int64_t rows, std::int64_t columns) {
  std::mt19937 random(static_cast<unsigned>(rows * 1000 + columns));
  const Case<T> c(rows, columns, random);
  const auto wanted = expected(c);
  std::vector<std::vector<T>> fused;
  for_each_instruction_set([&](std::int64_t target) {
    SCOPED_TRACE(testing::Message() << rows << " x " << columns);
    const auto y = run(c);
    for (std::size_t k = 0; k < y.size(); ++k) {
      for (std::size_t i = 0; i < y[k].size(); ++i) {
        // Terms of up to about 20 cancel in the logarithms and the loss.
        const T tolerance =
            std::numeric_limits<T>::epsilon() * (20 + std::abs(wanted[k][i]) * 8) * (k == 5 ? columns : 1);
        ASSERT_NEAR(y[k][i], wanted[k][i], tolerance) << "result " << k << " at " << i;
      }
    }
    if (has_fused_multiply_add(target)) {
      if (fused.empty()) fused = y;
      for (std::size_t k = 0; k < y.size(); ++k) EXPECT_TRUE(same_bits(y[k], fused[k])) << "result " << k;
    }
    // One row alone, in place.
    const std::int64_t r = rows / 2;
    std::vector<T> row(c.x.begin() + r * columns, c.x.begin() + (r + 1) * columns);
    softmax_rows(row.data(), 1, columns, row.data());
    EXPECT_EQ(std::memcmp(row.data(), y[0].data() + r * columns, row.size() * sizeof(T)), 0);
    // 32-bit indices, in place, one cotangent for all.
    std::vector<T> gradient = c.x, gradient64(c.x.size());
    const T one = 1;
    softmax_cross_entropy_gradient_rows<T>(gradient.data(), RowTargets<T>(c.indices32.data()), &one, 0, rows, columns,
                                           gradient.data());
    softmax_cross_entropy_gradient_rows<T>(c.x.data(), RowTargets<T>(c.indices.data()), &one, 0, rows, columns,
                                           gradient64.data());
    EXPECT_TRUE(same_bits(gradient, gradient64));
  });
}

TEST(Row, AgreesWithTheDefinition) {
  for (const std::int64_t columns : {1, 2, 3, 4, 5, 7, 8, 10, 15, 16, 17, 31, 32, 33, 100, 1000, 5000}) {
    for (const std::int64_t rows : {1, 2, 3, 8, 16, 17, 40}) {
      if (rows * columns > 20000) continue;
      check<float>(rows, columns);
      check<double>(rows, columns);
    }
  }
}

TEST(Row, LimitsAreRight) {
  for_each_instruction_set([](std::int64_t) {
    const float inf = std::numeric_limits<float>::infinity();
    const std::vector<float> x = {-inf, -inf, -inf, 1, inf, 2, 1000, -1000, 0, -inf, 3, 3};
    std::vector<float> sums(4), y(12), loss(4);
    logsumexp_rows(x.data(), 4, 3, sums.data());
    EXPECT_EQ(sums[0], -inf);
    EXPECT_EQ(sums[1], inf);
    EXPECT_EQ(sums[2], 1000);
    EXPECT_FLOAT_EQ(sums[3], 3 + std::log(2.0f));
    softmax_rows(x.data(), 4, 3, y.data());
    EXPECT_TRUE(std::isnan(y[0]) && std::isnan(y[3]));
    EXPECT_EQ(std::vector<float>(y.begin() + 6, y.end()), (std::vector<float>{1, 0, 0, 0, 0.5f, 0.5f}));
    const std::vector<std::int32_t> wrong = {0, 3, -1, 2};
    softmax_cross_entropy_rows<float>(x.data(), RowTargets<float>(wrong.data()), 4, 3, loss.data(), nullptr);
    EXPECT_TRUE(std::isnan(loss[1]) && std::isnan(loss[2]));
    EXPECT_FLOAT_EQ(loss[3], std::log(2.0f));
    // 0 log 0 is 0 in a distribution.
    const std::vector<float> t = {0, 0.5f, 0.5f};
    softmax_cross_entropy_rows<float>(x.data() + 9, RowTargets<float>(t.data()), 1, 3, loss.data(), nullptr);
    EXPECT_FLOAT_EQ(loss[0], std::log(2.0f));
  });
}

}  // namespace
}  // namespace backprop::cpu
