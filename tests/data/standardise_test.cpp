#include "data/standardise.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "backprop/error.hpp"

namespace backprop::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Table table(std::string_view text) { return Table(parse_csv({text.begin(), text.end()}, "t.csv")); }

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

TEST(Standardise, LeavesOutTextConstantsAndTheTarget) {
  const Table t = table("a,name,c,b,t\n1,x,7,true,0\n2,y,7,false,1\n3,z,7,true,0\n");
  std::vector<std::string> warnings;
  EXPECT_THAT(choose_features(t, 4, all(3), warnings), ElementsAre("a", "b"));
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_THAT(warnings[0], HasSubstr("column 'name' is left out: it is text"));
  EXPECT_THAT(warnings[1], HasSubstr("column 'c' is left out: it has the same value"));
  EXPECT_THROW(choose_features(table("a,t\n1,0\n1,1\n1,0\n1,1\n"), 1, all(4), warnings), DataError);
}

TEST(Standardise, FindsColumnsByNameInAnyOrder) {
  const Matrix matrix = read_features(table("b,t,a\n1,x,2\n3,y,4\n"), {"a", "b"});
  EXPECT_EQ(matrix.rows, 2u);
  EXPECT_THAT(matrix.values, ElementsAre(2.0f, 1.0f, 4.0f, 3.0f));
  EXPECT_THAT(select_rows(matrix, std::vector<std::uint32_t>{1}).values, ElementsAre(4.0f, 3.0f));
}

TEST(Standardise, NamesAMissingColumnAndText) {
  const auto error_of = [](std::string_view text) {
    try {
      read_features(table(text), {"width", "height"});
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(
      error_of("widht,height\n1,2\n"),
      "t.csv: column 'width', which the model was trained on, is missing (did you mean 'widht'?); the columns are "
      "widht, height");
  EXPECT_EQ(error_of("width,height\n1,2\nx,4\n"),
            "t.csv:3: column 'width': 'x' is not a number, and the model was trained on numbers here");
}

}  // namespace
}  // namespace backprop::data
