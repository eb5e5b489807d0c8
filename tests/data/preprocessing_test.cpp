#include "data/preprocessing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <numeric>

#include "backprop/error.hpp"
#include "data/csv.hpp"

namespace backprop::data {
namespace {

using testing::ElementsAre;
using testing::FloatEq;
using testing::FloatNear;
using testing::HasSubstr;

Table table(std::string_view text) { return Table(parse_csv({text.begin(), text.end()}, "t.csv")); }

std::vector<std::uint32_t> all(const Table& t) {
  std::vector<std::uint32_t> rows(t.rows());
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

Preprocessing fit(const Table& t, const RoleOptions& roles = {}, const PreprocessingOptions& options = {}) {
  return Preprocessing::fit(t, all(t), find_roles(t, all(t), std::vector<std::size_t>{}, roles), options);
}

std::vector<float> features(const Preprocessing& p, const Table& t) { return p.apply(t, all(t)).values; }

std::vector<float> column(const Matrix& m, std::size_t c) {
  std::vector<float> cells;
  for (std::size_t r = 0; r < m.rows; ++r) cells.push_back(m.values[r * m.columns + c]);
  return cells;
}

TEST(Preprocessing, NumbersAreStandardised) {
  const Table t = table("a,b\n2,1\n4,2\n4,1\n4,2\n5,1\n5,2\n7,1\n9,2\n");
  const Preprocessing p = fit(t);
  EXPECT_THAT(p.feature_names(), ElementsAre("a", "b"));
  EXPECT_EQ(p.columns()[0].number.scale.mean, 5.0f);
  EXPECT_EQ(p.columns()[0].number.scale.deviation, 2.0f);
  EXPECT_THAT(features(p, table("b,a\n2,9\n")), ElementsAre(2.0f, 1.0f));
}

TEST(Preprocessing, MissingNumbersAreTheMedianAndSaidToBe) {
  const Table t = table("a,b\n1,0\n?,1\n3,0\n8,1\n,0\n2,1\n");
  const Preprocessing p = fit(t);
  EXPECT_EQ(p.columns()[0].number.fill, 2.5f);
  EXPECT_THAT(p.feature_names(), ElementsAre("a", "b", "a missing"));
  const Matrix m = p.apply(t, all(t));
  EXPECT_THAT(column(m, 2), ElementsAre(0, 1, 0, 0, 1, 0));
  EXPECT_EQ(m.values[3], p.columns()[0].number.scale.apply(2.5));
  // Missing for the first time when it predicts: the median, without a feature that says so.
  EXPECT_EQ(features(p, table("a,b\n2,NA\n"))[1], p.columns()[1].number.scale.apply(0.5));
}

TEST(Preprocessing, CategoriesAreOneHot) {
  std::string text = "colour,y\n";
  for (int k = 0; k < 10; ++k) text += std::string(k % 2 ? "red" : "blue") + "," + std::to_string(k) + "\n";
  for (int k = 0; k < 4; ++k) text += "," + std::to_string(k) + "\n";
  const Preprocessing p = fit(table(text), {.ignore = {"y"}});
  EXPECT_THAT(p.feature_names(), ElementsAre("colour=blue", "colour=red", "colour missing"));
  EXPECT_THAT(features(p, table("colour,z\nred,1\nblue,1\n?,1\ngreen,1\n")),
              ElementsAre(0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0));
}

TEST(Preprocessing, RareCategoriesShareAFeatureWithUnseenOnes) {
  std::string text = "colour,y\n";
  for (int k = 0; k < 100; ++k) {
    text += (k == 50 ? "mauve" : k == 51 ? "pink" : k % 2 ? "red" : "blue") + std::string(",1\n");
  }
  const Preprocessing p = fit(table(text), {.ignore = {"y"}});
  EXPECT_THAT(p.feature_names(), ElementsAre("colour=blue", "colour=red", "colour other"));
  EXPECT_THAT(features(p, table("colour,z\nmauve,1\ngreen,1\n,1\n")), ElementsAre(0, 0, 1, 0, 0, 1, 0, 0, 1));
}

TEST(Preprocessing, NumbersAsCategoriesInAnySpelling) {
  const Preprocessing p = fit(table("c\n1\n2\n1\n2.0\n1\n2\n"), {.categorical = {"c"}});
  EXPECT_THAT(features(p, table("c,x\n1.00,1\n2,1\nx,1\n")), ElementsAre(1, 0, 0, 1, 0, 0));
}

TEST(Preprocessing, BooleansInAnySpelling) {
  const Preprocessing p = fit(table("b,x\ntrue,1\nFalse,2\nyes,3\nNO,4\n"), {.ignore = {"x"}});
  EXPECT_THAT(features(p, table("b,x\nTrue,1\nno,1\n")), ElementsAre(1.0f, -1.0f));
}

TEST(Preprocessing, DatesInTheirParts) {
  std::string text = "d\n";
  for (int k = 0; k < 60; ++k) text += "20" + std::to_string(10 + k % 20) + "-0" + std::to_string(k % 9 + 1) + "-15\n";
  const Preprocessing p = fit(table(text));
  ASSERT_EQ(p.features(), 13);
  for (const int days : {-141428, -1, 0, 59, 60, 11016, 11017, 19782, 47541, 2000000}) {
    const std::chrono::sys_days date{std::chrono::days(days)};
    const std::chrono::year_month_day parts(date);
    char cell[32];
    std::snprintf(cell, sizeof cell, "d,x\n%04d-%02u-%02u,1\n", static_cast<int>(parts.year()),
                  static_cast<unsigned>(parts.month()), static_cast<unsigned>(parts.day()));
    const std::vector<float> f = features(p, table(cell));
    const Scale& scale = p.columns()[0].number.scale;
    EXPECT_EQ(f[0], scale.apply(days));
    const double year_deviation = std::max(static_cast<double>(scale.deviation) / 365.2425, 0.5);
    EXPECT_NEAR(f[1] * year_deviation + 1970 + static_cast<double>(scale.mean) / 365.2425,
                static_cast<int>(parts.year()), 1e-3 * year_deviation + 0.01);
    EXPECT_NEAR(f[2] * 3.45 + 6.5, static_cast<unsigned>(parts.month()), 1e-5);
    EXPECT_NEAR(f[3] * 8.8 + 15.7, static_cast<unsigned>(parts.day()), 1e-5);
    EXPECT_NEAR(f[4] * f[4] + f[5] * f[5], 1, 1e-5);
    const unsigned weekday = std::chrono::weekday(date).c_encoding();
    for (unsigned w = 0; w < 7; ++w) EXPECT_EQ(f[6 + w], w == weekday ? 1.0f : 0.0f) << cell;
  }
}

TEST(Preprocessing, MissingDates) {
  const Table t = table("d,x\n2020-01-01,1\n,2\n2020-01-03,3\n2020-01-31,4\n");
  const Preprocessing p = fit(t, {.ignore = {"x"}});
  EXPECT_EQ(p.feature_names()[1], "d missing");
  const Matrix m = p.apply(t, all(t));
  EXPECT_THAT(column(m, 1), ElementsAre(0, 1, 0, 0));
  EXPECT_EQ(m.values[m.columns], p.columns()[0].number.scale.apply(18264));  // the median: 2020-01-03
}

TEST(Preprocessing, TailsAreTamed) {
  const Table t = table("a,y\n0,1\n1,2\n2,3\n1000000,4\n");
  const Preprocessing p = fit(t, {}, {.tame_tails = true});
  const std::vector<float> a = column(p.apply(t, all(t)), 0);
  EXPECT_NEAR(std::accumulate(a.begin(), a.end(), 0.0), 0, 1e-5);
  for (std::size_t r = 1; r < a.size(); ++r) EXPECT_GT(a[r], a[r - 1]);
  const double far = features(p, table("a,y\n1000000000,1\n"))[0];
  EXPECT_LT(far, 20);  // 1,700 deviations away as it stands
}

TEST(Preprocessing, ManyCategoriesAreCodesForAnEmbedding) {
  std::string text = "c,x\n";
  for (int k = 0; k < 200; ++k) text += "c" + std::to_string(k % 50) + "," + std::to_string(k) + "\n";
  const Table t = table(text);
  const Preprocessing p = fit(t);
  ASSERT_TRUE(p.has_embeddings());
  EXPECT_THAT(p.feature_names(), ElementsAre("x", "c"));
  EXPECT_EQ(p.columns()[0].embedding, 14);  // 1.6 * 50^0.56
  const std::vector<float> f = features(p, table("x,c\n0,c10\n0,never\n"));
  EXPECT_EQ(f[1], 2.0f);  // c0, c1, c10
  EXPECT_EQ(f[3], 50.0f);
}

TEST(Preprocessing, FittedOnTheRowsGivenOnly) {
  std::string text = "a,c,y\n";
  for (int k = 0; k < 40; ++k) text += std::to_string(k) + "," + (k % 2 ? "p" : "q") + ",1\n";
  const Table full = table(text);
  const auto rows = all(full);
  const std::span train = std::span(rows).first(20);
  std::string changed = text;
  changed.replace(changed.find("\n25,p"), 5, "\n99,z");
  const Table other = table(changed);
  const auto fitted = [&](const Table& t) {
    return Preprocessing::fit(t, train, find_roles(t, train, std::vector<std::size_t>{2}));
  };
  EXPECT_EQ(fitted(full).to_json(), fitted(other).to_json());
}

TEST(Preprocessing, ReadBackFromItsText) {
  std::string text = "n,b,c,d,left\n";
  for (int k = 0; k < 30; ++k) {
    text += (k % 5 ? std::to_string(k) : "") + (k % 2 ? ",yes," : ",no,") + (k % 3 ? "\"p, \"\"q\"\"\"" : "r") +
            ",2020-01-" + std::to_string(k % 28 + 1) + ",some text " + std::to_string(k) + "\n";
  }
  const Table t = table(text);
  const Preprocessing p = fit(t, {}, {.tame_tails = true});
  const Preprocessing back = Preprocessing::from_json(p.to_json(), p.text_inputs());
  EXPECT_EQ(back.to_json(), p.to_json());
  EXPECT_EQ(back.feature_names(), p.feature_names());
  EXPECT_EQ(features(back, t), features(p, t));
  EXPECT_EQ(back.left_out().at(0).name, "left");
  for (const char* wrong : {"", "{}", "[]", "{\"columns\":[{}],\"left_out\":[]}", "{\"columns\":3,\"left_out\":[]}"}) {
    EXPECT_THROW(Preprocessing::from_json(wrong, {}), DataError) << wrong;
  }
}

TEST(Preprocessing, NamesACellThatIsNotOfItsColumn) {
  const auto error_of = [](const Preprocessing& p, std::string_view text) {
    try {
      const Table t = table(text);
      p.apply(t, all(t));
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  const Preprocessing p = fit(table("width,when\n1,2020-01-01\n2,2020-01-02\n3,2020-01-03\n"));
  EXPECT_EQ(
      error_of(p, "widht,when\n1,2020-01-01\n"),
      "t.csv: column 'width', which the model was trained on, is missing (did you mean 'widht'?); the columns are "
      "widht, when");
  EXPECT_THAT(error_of(p, "width,when\n1,2020-01-01\nx,2020-01-01\n"),
              HasSubstr("t.csv:3: column 'width': 'x' is not a number"));
  EXPECT_THAT(error_of(p, "width,when\n1,yesterday\n"), HasSubstr("t.csv:2: column 'when': 'yesterday' is no date"));
  EXPECT_THROW(fit(table("a\n1\n1\n1\n")), DataError);
}

}  // namespace
}  // namespace backprop::data
