// Philox against the published known answers (Random123, kat_vectors), and what is built on it.
#include "base/philox.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace backprop {
namespace {

TEST(Philox, gives_the_published_answers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t f = 0xffffffff;
  EXPECT_EQ(philox({f, f, f, f}, {f, f}), (PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, uniform_and_normal_have_their_moments) {
  const RandomStream random(7, 3, 1);
  const int n = 20000;
  double mean = 0, square = 0, normal_mean = 0, normal_square = 0;
  for (int i = 0; i < n; ++i) {
    const double u = random.uniform(static_cast<std::uint64_t>(i)), z = random.normal(static_cast<std::uint64_t>(i));
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    EXPECT_EQ(static_cast<double>(static_cast<float>(u)), u);  // 24 bits: the same number in float32
    mean += u / n;
    square += u * u / n;
    normal_mean += z / n;
    normal_square += z * z / n;
  }
  // Five standard errors.
  EXPECT_NEAR(mean, 0.5, 5 * 0.2887 / std::sqrt(n));
  EXPECT_NEAR(square, 1.0 / 3, 5 * 0.2981 / std::sqrt(n));
  EXPECT_NEAR(normal_mean, 0, 5 / std::sqrt(n));
  EXPECT_NEAR(normal_square, 1, 5 * std::sqrt(2.0 / n));
}

TEST(Philox, permutation_is_one_and_depends_on_every_part_of_the_key) {
  const auto p = RandomStream(1, 2, 3).permutation(1000);
  auto sorted = p;
  std::sort(sorted.begin(), sorted.end());
  for (std::int64_t i = 0; i < 1000; ++i) EXPECT_EQ(sorted[static_cast<std::size_t>(i)], i);
  EXPECT_NE(p, RandomStream(2, 2, 3).permutation(1000));
  EXPECT_NE(p, RandomStream(1, 3, 3).permutation(1000));
  EXPECT_NE(p, RandomStream(1, 2, 4).permutation(1000));
  EXPECT_EQ(p, RandomStream(1, 2, 3).permutation(1000));
}

}  // namespace
}  // namespace backprop
