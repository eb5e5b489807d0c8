#include "backprop/measures.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "backprop/error.hpp"

namespace backprop {
namespace {

TEST(Measures, Classes) {
  const std::vector<float> probabilities = {0.5f, 0.25f, 0.25f, 0.125f, 0.125f, 0.75f};
  const std::vector<std::int64_t> labels = {0, 1};
  const Measures m = measure_classes(probabilities, labels, 3);
  EXPECT_EQ(m.rows, 2u);
  EXPECT_DOUBLE_EQ(m.loss, (std::log(2.0) + std::log(8.0)) / 2);
  EXPECT_DOUBLE_EQ(m.accuracy, 0.5);
  EXPECT_TRUE(std::isnan(m.rmse));
}

TEST(Measures, CertaintyThatIsWrongStaysFinite) {
  EXPECT_NEAR(measure_classes(std::vector<float>{1, 0}, std::vector<std::int64_t>{1}, 2).loss, 87.3365, 1e-4);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(measure_classes(std::vector<float>{nan, nan}, std::vector<std::int64_t>{1}, 2).loss));
}

TEST(Measures, Values) {
  const Measures m = measure_values(std::vector<float>{1, 2, 3, 6}, std::vector<double>{1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(m.loss, 1.0);
  EXPECT_DOUBLE_EQ(m.rmse, 1.0);
  EXPECT_DOUBLE_EQ(m.mae, 0.5);
  EXPECT_DOUBLE_EQ(m.r2, 1 - 4.0 / 5.0);
  EXPECT_TRUE(std::isnan(m.accuracy));
  EXPECT_TRUE(std::isnan(measure_values(std::vector<float>{1}, std::vector<double>{1}).r2));
}

TEST(Measures, RefuseSizesThatDoNotFit) {
  EXPECT_THROW(measure_values(std::vector<float>{1}, std::vector<double>{1, 2}), Error);
  EXPECT_THROW(measure_classes(std::vector<float>{1}, std::vector<std::int64_t>{0}, 2), Error);
  EXPECT_THROW(measure_classes(std::vector<float>{1, 0}, std::vector<std::int64_t>{2}, 2), Error);
}

}  // namespace
}  // namespace backprop
