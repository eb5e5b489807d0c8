#include "data/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

#include "backprop/error.hpp"
#include "data/csv_format.hpp"

namespace backprop::data {
namespace {

Cells parse(std::string_view text, CsvOptions options = {}) {
  return parse_csv({text.begin(), text.end()}, "t.csv", options);
}

std::vector<std::string> row(const Cells& table, std::size_t r) {
  std::vector<std::string> cells;
  for (std::size_t c = 0; c < table.columns(); ++c) cells.emplace_back(table.cell(r, c));
  return cells;
}

std::string error_of(std::string_view text, CsvOptions options = {}) {
  try {
    parse(text, options);
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Csv, ReadsHeaderAndRows) {
  const Cells t = parse("a,b\n1,x\n2,y\n");
  EXPECT_TRUE(t.has_header());
  EXPECT_THAT(t.column_names(), ElementsAre("a", "b"));
  ASSERT_EQ(t.rows(), 2u);
  EXPECT_THAT(row(t, 0), ElementsAre("1", "x"));
  EXPECT_THAT(row(t, 1), ElementsAre("2", "y"));
}

TEST(Csv, QuotesAsRfc4180) {
  const Cells t = parse("name,n\n\"Braund, Mr. \"\"Owen\"\"\",1\n\"two\nlines\",2\n\"\",3\n");
  EXPECT_THAT(row(t, 0), ElementsAre("Braund, Mr. \"Owen\"", "1"));
  EXPECT_THAT(row(t, 1), ElementsAre("two\nlines", "2"));
  EXPECT_THAT(row(t, 2), ElementsAre("", "3"));
  EXPECT_EQ(t.line(1, 0), 3u);
  EXPECT_EQ(t.line(1, 1), 4u);
  EXPECT_EQ(t.line(2, 0), 5u);
}

TEST(Csv, QuoteInsideAnUnquotedCellIsText) {
  EXPECT_THAT(row(parse("a,b\n5\" pipe,2\n"), 0), ElementsAre("5\" pipe", "2"));
}

TEST(Csv, LineEndsMarkAndBlankLines) {
  for (const char* text : {"a,b\r\n1,2\r\n3,4\r\n",
                           "\xef\xbb\xbf"
                           "a,b\n1,2\n3,4",
                           "a,b\r1,2\r3,4\r", "\n\na,b\n1,2\n\n3,4\n\n \n"}) {
    const Cells t = parse(text);
    EXPECT_THAT(t.column_names(), ElementsAre("a", "b"));
    ASSERT_EQ(t.rows(), 2u);
    EXPECT_THAT(row(t, 1), ElementsAre("3", "4"));
  }
}

TEST(Csv, FindsTheDelimiter) {
  const auto delimiter = [](std::string_view text) { return find_delimiter(text); };
  EXPECT_EQ(delimiter("a;b\n1,5;2\n2,5;3\n"), ';');
  EXPECT_EQ(delimiter("a\tb\n1, 5\t2\n"), '\t');
  EXPECT_EQ(delimiter("39, State-gov, 77516\n50, Self-emp, 83311\n"), ',');
  EXPECT_EQ(delimiter("first name,b c\nx,2\n"), ',');
  EXPECT_EQ(delimiter("x,y\n\"a;b\",2\n\"c;d\",3\n"), ',');
  EXPECT_EQ(delimiter("only\n1\n2\n"), ',');
  const Cells t = parse("  1.0   2.0\t3.0\n 4 5 6  \n");
  EXPECT_EQ(find_delimiter("  1.0   2.0\t3.0\n 4 5 6  \n"), ' ');
  EXPECT_THAT(row(t, 0), ElementsAre("1.0", "2.0", "3.0"));
  EXPECT_THAT(row(t, 1), ElementsAre("4", "5", "6"));
}

TEST(Csv, KeepsEmptyCellsAndTrimsBlanks) {
  EXPECT_THAT(row(parse("a,b,c\n,2,\n"), 0), ElementsAre("", "2", ""));
  EXPECT_THAT(row(parse("a,b,c\n 1 , \" x \" , 3\n"), 0), ElementsAre("1", " x ", "3"));
  EXPECT_THAT(row(parse("a\tb\tc\n\t\t3\n1\t2\t3\n"), 0), ElementsAre("", "", "3"));
}

TEST(Csv, FindsTheHeader) {
  EXPECT_TRUE(parse("a,b\nx,y\n").has_header());
  EXPECT_TRUE(parse("id,2019,2020\n1,5,6\n").has_header());
  EXPECT_FALSE(parse("5.1,3.5,setosa\n4.9,3.0,setosa\n").has_header());
  // Columns that a program numbered: a class called 'kind' must not come out of it.
  EXPECT_TRUE(parse("0,1,kind\n5.1,3.5,cat\n4.9,3.0,dog\n4.7,3.2,cat\n").has_header());
  EXPECT_TRUE(parse(",0,1,kind\n0,5.1,3.5,cat\n1,4.9,3.0,dog\n2,5,3,cat\n").has_header());
  EXPECT_TRUE(parse("1,2,kind\n5.1,3.5,cat\n4.9,3.0,dog\n").has_header());
  EXPECT_FALSE(parse("0,1,cat\n5.1,3.5,cat\n4.9,3.0,dog\n").has_header());
  EXPECT_FALSE(parse("0,1,cat\n").has_header());
  EXPECT_FALSE(parse("0,1\n1,0\n").has_header());
  EXPECT_FALSE(parse("1 2\n3 4\n").has_header());
  EXPECT_FALSE(parse("?,2\n3,4\n").has_header());
  EXPECT_THAT(parse("1,2\n3,4\n").column_names(), ElementsAre("column_1", "column_2"));
  EXPECT_THAT(parse(",b\n1,2\n").column_names(), ElementsAre("column_1", "b"));
  EXPECT_FALSE(parse("a,b\nx,y\n", {.header = false}).has_header());
  EXPECT_TRUE(parse("1,2\n3,4\n", {.header = true}).has_header());
}

TEST(Csv, RefusesRaggedRowsWithTheirLine) {
  EXPECT_THAT(error_of("a,b\n1,2\n1,2,3\n"), StartsWith("t.csv:3: 3 cells where the first row has 2: "));
  EXPECT_THAT(error_of("a,b\n\"x\ny\",2\n1\n"), StartsWith("t.csv:4: 1 cell where "));
}

TEST(Csv, RefusesAnUnclosedQuoteWhereItOpened) {
  EXPECT_THAT(error_of("a,b\n1,2\n3,\"4\n5,6\n"), StartsWith("t.csv:3: a quote opens here and is never closed"));
  EXPECT_THAT(error_of("a,b\n1,\"2\" x\n"), StartsWith("t.csv:2: text after a closing quote"));
}

TEST(Csv, RefusesWhatIsNoTable) {
  EXPECT_THAT(error_of(""), HasSubstr("t.csv: the file is empty"));
  EXPECT_THAT(error_of(" \n\n"), HasSubstr("empty"));
  EXPECT_THAT(error_of("a,b\n"), HasSubstr("only a header line"));
  EXPECT_THAT(error_of("a,b\n1,2\n3,a\n", {.header = true}), "no error");
  EXPECT_THAT(error_of("a,a\n1,2\n"), StartsWith("t.csv:1: columns 1 and 2 are both called 'a'"));
  EXPECT_THAT(error_of(std::string_view("a,b\n1,\0\n", 8)), StartsWith("t.csv:2: a NUL byte"));
  EXPECT_THAT(error_of("a,b\n1,\x01\n"), StartsWith("t.csv:2: byte 0x01 is not text"));
  EXPECT_THAT(error_of("a,b\n1,\"\x02\"\n"), StartsWith("t.csv:2: byte 0x02 is not text"));
  EXPECT_THAT(error_of("1 2 \x01\n3 4 5\n"), HasSubstr("byte 0x01"));
  EXPECT_THAT(error_of("a,b\nM\xfcller,1\n"), StartsWith("t.csv:2: not UTF-8 text"));
  EXPECT_THAT(error_of("\x1f\x8b\x08"), HasSubstr("gzip"));
  EXPECT_THAT(error_of("\xff\xfe"
                       "a"),
              HasSubstr("UTF-16"));
}

TEST(Csv, LineBreaksInNamesBecomeBlanks) {
  EXPECT_THAT(parse("\"a\nb\",c\n1,2\n").column_names(), ElementsAre("a b", "c"));
}

TEST(Csv, Utf8) {
  EXPECT_EQ(parse("Größe,b\n1,日本\n").cell(0, 1), "日本");
  for (const char* bad : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe3\x81", "\x80"}) {
    EXPECT_THAT(error_of("a,b\n1," + std::string(bad) + "\n"), HasSubstr("not UTF-8")) << bad;
  }
}

TEST(Csv, Numbers) {
  EXPECT_EQ(parse_number("1"), 1.0);
  EXPECT_EQ(parse_number("-2.5"), -2.5);
  EXPECT_EQ(parse_number("+3"), 3.0);
  EXPECT_EQ(parse_number(".5"), 0.5);
  EXPECT_EQ(parse_number("5."), 5.0);
  EXPECT_EQ(parse_number("1e-4"), 1e-4);
  EXPECT_EQ(parse_number("1E+4"), 1e4);
  EXPECT_EQ(parse_number("1e-999"), 0.0);
  EXPECT_EQ(parse_number("-0"), 0.0);
  for (const char* text : {"", "-", "+", "+-1", ".", "e5", "inf", "-inf", "nan", "-nan", "0x10", "1,5", "1 2", "12a",
                           "1e999", "infinity", "1e"}) {
    EXPECT_FALSE(parse_number(text)) << text;
  }
}

TEST(Csv, NumbersAsTheCLibraryReadsThem) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100000; ++i) {
    char text[64];
    const double number = std::bit_cast<double>(random());
    if (!std::isfinite(number)) continue;
    const int digits = static_cast<int>(random() % 20);
    switch (random() % 4) {
      case 0: std::snprintf(text, sizeof text, "%.*g", digits, number); break;
      case 1: std::snprintf(text, sizeof text, "%.*e", digits, number); break;
      case 2: std::snprintf(text, sizeof text, "%.*f", digits, std::ldexp(static_cast<double>(random()), -40)); break;
      default: std::snprintf(text, sizeof text, "-%llu", static_cast<unsigned long long>(random() >> random() % 64));
    }
    const double expected = std::strtod(text, nullptr);
    ASSERT_EQ(parse_number(text), std::isfinite(expected) ? std::optional(expected) : std::nullopt) << text;
  }
}

TEST(Csv, DecimalComma) {
  const Cells t = parse("a;b\n1,5;x\n-2;3,25\n\"1,5e3\"; \n1.5;1,2,3\n", {.header = {}, .decimal_comma = true});
  EXPECT_THAT(row(t, 0), ElementsAre("1.5", "x"));
  EXPECT_THAT(row(t, 3), ElementsAre("1.5", "1,2,3"));
  EXPECT_EQ(t.number(0, 0), 1.5);
  EXPECT_EQ(t.number(2, 0), 1500.0);
  EXPECT_TRUE(std::isnan(t.number(3, 0)));
  EXPECT_EQ(t.number(1, 1), 3.25);
  EXPECT_THAT(t.notes(), testing::IsEmpty());
  EXPECT_THAT(parse("a;b\n1,5;x\n2,5;y\n").notes(),
              ElementsAre(HasSubstr("column 'a' looks like numbers with a decimal")));
}

TEST(Csv, BlocksOfRowsHoldWhatTheWholeHolds) {
  std::string text = "a,b\n";
  for (int i = 0; i < 200000; ++i) text += std::to_string(i) + (i % 3 ? ",\"x\ny\"\"\"\n" : ",\r\n");
  const auto reader = read_csv(bytes_in_memory(text, "t.csv"));
  const Cells all = parse(text);
  std::size_t rows = 0;
  while (const auto block = reader->next(1000)) {
    for (std::size_t r = 0; r < block->rows(); ++r) {
      ASSERT_EQ(block->cell(r, 0), all.cell(rows + r, 0));
      ASSERT_EQ(block->cell(r, 1), all.cell(rows + r, 1));
      ASSERT_EQ(block->line(r, 1), all.line(rows + r, 1));
    }
    rows += block->rows();
  }
  EXPECT_EQ(rows, 200000u);
}

TEST(Csv, Missing) {
  for (const char* text : {"", "?", "NA", "na", "NaN", "nan", "null", "NULL"}) EXPECT_TRUE(is_missing(text)) << text;
  for (const char* text : {"0", "n/a1", "nil", "none!", " "}) EXPECT_FALSE(is_missing(text)) << text;
}

}  // namespace
}  // namespace backprop::data
