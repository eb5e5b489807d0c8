#include "data/dates.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace backprop::data {
namespace {

using std::chrono::sys_days;

TEST(Dates, DaysAreTheCalendarsOfTheStandardLibrary) {
  for (int year = 1; year < 2500; year += 7) {
    for (unsigned month = 1; month <= 12; ++month) {
      for (const unsigned day : {1u, 15u, 28u}) {
        const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                               std::chrono::day(day)};
        EXPECT_EQ(days_from_civil(year, static_cast<int>(month), static_cast<int>(day)),
                  sys_days(date).time_since_epoch().count());
      }
    }
  }
}

TEST(Dates, FormsThatAreRead) {
  EXPECT_EQ(parse_date("1970-01-01", DateOrder::year_month_day), 0);
  EXPECT_EQ(parse_date("2000/3/1", DateOrder::year_month_day), 11017);
  EXPECT_EQ(parse_date("1.3.2000", DateOrder::day_month_year), 11017);
  EXPECT_EQ(parse_date("3/1/2000", DateOrder::month_day_year), 11017);
  EXPECT_EQ(parse_date("2000-03-01T23:59:59.5+02:00", DateOrder::year_month_day), 11017);
  EXPECT_EQ(parse_date("2000-03-01", DateOrder::day_month_year), 11017);
  EXPECT_EQ(parse_date("2000-03-01 00:00", DateOrder::year_month_day), 11017);
}

TEST(Dates, WhatIsNone) {
  for (const char* cell : {"", "2000", "2000-13-01", "2001-02-29", "2000-01-32", "00-01-01", "2000-01", "2000-01-01x",
                           "2000-01/01", "1-1-2000", "2000-01-01 noon", "2000--1-1"}) {
    EXPECT_FALSE(parse_date(cell, DateOrder::year_month_day)) << cell;
  }
  EXPECT_TRUE(parse_date("2000-02-29", DateOrder::year_month_day));
}

}  // namespace
}  // namespace backprop::data
