#include "data/roles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "backprop/error.hpp"
#include "data/csv.hpp"

namespace backprop::data {
namespace {

using testing::HasSubstr;

Table table(std::string_view text) { return Table(parse_csv({text.begin(), text.end()}, "t.csv")); }

std::vector<std::uint32_t> all(const Table& t) {
  std::vector<std::uint32_t> rows(t.rows());
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

// The role of a column called `name` whose k-th of 40 cells is cell(k), beside a column of numbers.
template <class Cell> ColumnRole role_of(const std::string& name, Cell cell, const RoleOptions& options = {}) {
  std::string text = name + ",y\n";
  for (int k = 0; k < 40; ++k) text += std::string(cell(k)) + "," + std::to_string(k * k) + "\n";
  const Table t = table(text);
  return find_roles(t, all(t), std::vector<std::size_t>{1}, options).at(0);
}

template <class F> std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Roles, FoundFromTheCells) {
  const auto number = [](int k) { return std::to_string(k * k); };
  EXPECT_EQ(role_of("x", number).role, Role::numeric);
  EXPECT_EQ(role_of("x", [](int k) { return k % 3 ? "7" : "?"; }).role, Role::numeric);
  EXPECT_EQ(role_of("x", [](int) { return "7"; }).role, Role::constant);
  EXPECT_EQ(role_of("x", [](int) { return "NA"; }).role, Role::constant);
  EXPECT_EQ(role_of("x", [](int) { return "same"; }).role, Role::constant);
  EXPECT_EQ(role_of("x", [](int k) { return k % 2 ? "True" : "false"; }).role, Role::boolean);
  EXPECT_EQ(role_of("x", [](int k) { return std::string("c") + std::to_string(k % 20); }).role, Role::categorical);
  EXPECT_EQ(role_of("x", [](int k) { return std::string("c") + std::to_string(k % 21); }).role, Role::identifier);
  EXPECT_EQ(role_of("x", [](int k) { return "some words " + std::to_string(k); }).role, Role::text);
  EXPECT_EQ(role_of("x", [](int k) { return k % 2 ? "once" : ""; }).role, Role::categorical);
}

TEST(Roles, NumbersThatOnlyNameTheRows) {
  const auto count = [](int k) { return std::to_string(k); };
  const auto random = [](int k) { return std::to_string(1000 + k * 7919 % 1009); };
  for (const char* name : {"id", "Id", "ID", "PassengerId", "user_id", "row", "index", "Unnamed: 0"}) {
    EXPECT_EQ(role_of(name, count).role, Role::identifier) << name;
    EXPECT_EQ(role_of(name, random).role, Role::identifier) << name;
  }
  EXPECT_EQ(role_of("", count).role, Role::identifier);
  EXPECT_EQ(role_of("", random).role, Role::numeric);
  for (const char* name : {"x", "width", "humid", "void"}) EXPECT_EQ(role_of(name, count).role, Role::numeric) << name;
  EXPECT_EQ(role_of("id", [](int k) { return std::to_string(k % 30); }).role, Role::numeric);
  EXPECT_EQ(role_of("id", [](int k) { return std::to_string(k + 0.5); }).role, Role::numeric);
}

TEST(Roles, DatesAndTheOrderOfTheirParts) {
  const auto dates = [](auto form) { return [form](int k) { return form(k % 28 + 1, k % 12 + 1); }; };
  const auto s = [](int n) { return std::to_string(n); };
  const auto iso = dates([&](int d, int m) { return "2020-" + s(m) + "-" + s(d); });
  const auto dotted = dates([&](int d, int m) { return s(d % 12 + 1) + "." + s(m) + ".2020"; });
  const auto british = dates([&](int d, int m) { return s(d) + "/" + s(m) + "/2020"; });
  const auto american = dates([&](int d, int m) { return s(m) + "/" + s(d) + "/2020"; });
  const auto unclear = dates([&](int d, int m) { return s(d % 12 + 1) + "/" + s(m) + "/2020"; });
  EXPECT_EQ(role_of("x", iso).date_order, DateOrder::year_month_day);
  EXPECT_EQ(role_of("x", iso).role, Role::date);
  EXPECT_EQ(role_of("x", dotted).date_order, DateOrder::day_month_year);
  EXPECT_EQ(role_of("x", british).date_order, DateOrder::day_month_year);
  EXPECT_EQ(role_of("x", american).date_order, DateOrder::month_day_year);
  EXPECT_EQ(role_of("x", unclear).role, Role::text);
  EXPECT_THAT(role_of("x", unclear).reason, HasSubstr("say --date-order"));
  EXPECT_EQ(role_of("x", unclear, {.date_order = DateOrder::month_day_year}).date_order, DateOrder::month_day_year);
}

TEST(Roles, OverriddenByNameNumberOrList) {
  const auto code = [](int k) { return std::to_string(k % 5); };
  EXPECT_EQ(role_of("x", code, {.categorical = {"x"}}).role, Role::categorical);
  EXPECT_EQ(role_of("x", code, {.categorical = {"1"}}).role, Role::categorical);
  EXPECT_EQ(role_of("x", code, {.ignore = {"x,2"}}).role, Role::ignored);
  EXPECT_EQ(role_of("x", [](int k) { return "name " + std::to_string(k); }, {.categorical = {"x"}}).role,
            Role::categorical);
  EXPECT_THAT(error_of([&] { role_of("colour", code, {.categorical = {"color"}}); }),
              HasSubstr("--categorical color: no such column (did you mean 'colour'?)"));
  EXPECT_THAT(error_of([&] { role_of("x", [](int k) { return k == 3 ? "many" : "a few"; }, {.numeric = {"x"}}); }),
              HasSubstr("t.csv:2: column 'x': 'a few' is not a number"));
  EXPECT_THAT(error_of([&] { role_of("x", code, {.numeric = {"x"}, .categorical = {"x"}}); }),
              HasSubstr("column 'x' is named in --numeric and in --categorical"));
  EXPECT_THAT(error_of([&] { role_of("x", code, {.categorical = {"y"}}); }), HasSubstr("column 'y' is no input"));
  EXPECT_THAT(error_of([&] { role_of("x", code, {.date = {"x"}}); }),
              HasSubstr("less than 95 % of its cells are dates"));
}

TEST(Roles, OnlyTheTrainingRowsSayWhatAColumnHolds) {
  std::string text = "a,y\n";
  for (int k = 0; k < 20; ++k) text += (k < 10 ? "1," : std::to_string(k) + ",") + std::to_string(k) + "\n";
  const Table t = table(text);
  const auto rows = all(t);
  EXPECT_EQ(find_roles(t, std::span(rows).first(10), std::vector<std::size_t>{1})[0].role, Role::constant);
  EXPECT_EQ(find_roles(t, rows, std::vector<std::size_t>{1})[0].role, Role::numeric);
}

}  // namespace
}  // namespace backprop::data
