#include "data/standardise.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "backprop/error.hpp"

namespace backprop::data {
namespace {

using testing::ElementsAre;

std::vector<std::uint32_t> all(std::size_t rows) {
  std::vector<std::uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0u);
  return order;
}

TEST(Standardise, PopulationDeviationOfTheRowsGiven) {
  const std::vector<double> values = {2, 4, 4, 4, 5, 5, 7, 9, 1000};
  const Scale scale = fit_scale(values, all(8));
  EXPECT_EQ(scale.mean, 5.0f);
  EXPECT_EQ(scale.deviation, 2.0f);
  EXPECT_EQ(scale.apply(9), 2.0f);
}

TEST(Standardise, KeepsPrecisionFarFromZero) {
  const std::vector<double> values = {16777212, 16777214, 16777212, 16777214};
  EXPECT_EQ(fit_scale(values, all(4)).deviation, 1.0f);
  const std::vector<double> large = {3e38, -3e38};
  EXPECT_FLOAT_EQ(fit_scale(large, all(2)).deviation, 3e38f);
}

TEST(Standardise, ConstantsHaveNoDeviation) {
  EXPECT_EQ(fit_scale(std::vector<double>(7, 0.1), all(7)).deviation, 0.0f);
  EXPECT_EQ(fit_scale(std::vector<double>{1e9, 1e9 + 1}, all(2)).deviation, 0.0f);  // one value in float32
  EXPECT_EQ(fit_scale(std::vector<double>{0, 1e-40}, all(2)).deviation, 0.0f);
}

TEST(Standardise, MatricesColumnByColumn) {
  std::vector<float> values = {1, 10, 7, 3, 30, 7};
  const std::vector<Scale> scales = fit_scales(values, 3);
  standardise(values, scales);
  EXPECT_THAT(values, ElementsAre(-1.0f, -1.0f, 0.0f, 1.0f, 1.0f, 0.0f));
}

}  // namespace
}  // namespace backprop::data
