#include "data/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backprop/error.hpp"
#include "data/closest_name.hpp"
#include "data/csv.hpp"
#include "data/target.hpp"

namespace backprop::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Table table(std::string_view text) { return Table(parse_csv({text.begin(), text.end()}, "t.csv")); }

template <class F> std::string error_of(F&& f) {
  try {
    f();
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}

// A column of `numbers` numbers and then `words` words, below a header.
Table mixed(int numbers, int words) {
  std::string text = "x,y\n";
  for (int i = 0; i < numbers; ++i) text += std::to_string(i) + ".5,1\n";
  for (int i = 0; i < words; ++i) text += "abc,1\n";
  return table(text);
}

TEST(Table, KindsOfColumns) {
  const Table t = table("n,b,s,u\n1,True,a,\n2,false,b,\n?,TRUE,3,\n");
  EXPECT_EQ(t.kind(0), ColumnKind::numeric);
  EXPECT_EQ(t.kind(1), ColumnKind::boolean);
  EXPECT_EQ(t.kind(2), ColumnKind::text);
  EXPECT_EQ(t.kind(3), ColumnKind::numeric);
  EXPECT_THAT(t.numbers(1), ElementsAre(1.0, 0.0, 1.0));
}

TEST(Table, NinetyFivePercentAreEnough) {
  EXPECT_EQ(mixed(95, 5).kind(0), ColumnKind::numeric);
  EXPECT_EQ(mixed(94, 6).kind(0), ColumnKind::text);
  EXPECT_EQ(
      error_of([] { mixed(95, 5).numbers(0); }),
      "t.csv:97: column 'x': 'abc' is not a number, and at least 95 % of this column are: correct the cell, or use "
      "--categorical");
}

TEST(Table, MissingCellsAreNamed) {
  const Table t = table("a,b\n1,2\n,3\n4,NaN\n");
  EXPECT_THAT(error_of([&] { t.numbers(0); }), StartsWith("t.csv:3: column 'a': the cell is empty: "));
  EXPECT_THAT(error_of([&] { t.words(1); }), StartsWith("t.csv:4: column 'b': 'NaN' stands for a missing value: "));
}

TEST(Table, NumbersThatFloat32CannotHold) {
  EXPECT_THAT(error_of([] { table("a,b\n1,2\n1e39,3\n").numbers(0); }),
              HasSubstr("t.csv:3: column 'a': '1e39' is too large"));
}

TEST(Table, FindsColumns) {
  const Table t = table("age,2,last name,species\n1,2,x,4\n");
  const auto find = [&](const char* wanted) { return find_column(t, wanted, "--target"); };
  EXPECT_EQ(find("age"), 0u);
  EXPECT_EQ(find("1"), 0u);
  EXPECT_EQ(find("2"), 1u);  // the name is taken first
  EXPECT_EQ(find("3"), 2u);
  EXPECT_EQ(find("last"), 3u);
  EXPECT_EQ(
      error_of([&] { find("spices"); }),
      "t.csv: --target spices: no such column (did you mean 'species'?); the columns are age, 2, last name, species");
  EXPECT_THAT(error_of([&] { find("Species"); }), HasSubstr("(did you mean 'species'?)"));
  EXPECT_THAT(error_of([&] { find("wxyz"); }), HasSubstr("no such column; the columns"));
  EXPECT_THAT(error_of([&] { find("0"); }), HasSubstr("columns 1 to 4"));
  EXPECT_THAT(error_of([&] { find("5"); }), HasSubstr("columns 1 to 4"));
  EXPECT_THAT(error_of([&] { find("99999999999999999999999"); }), HasSubstr("columns 1 to 4"));
  EXPECT_THAT(error_of([&] { find(""); }), HasSubstr("no such column"));
}

TEST(ClosestName, Distance) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("abc", "acb"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("ABC", "abc"), 0u);
}

Target target(std::string_view cells, std::optional<Task> task = std::nullopt) {
  std::string text = "x,t\n";
  std::string cell;
  for (const char c : std::string(cells) + " ") {
    if (c != ' ') {
      cell += c;
      continue;
    }
    text += "0," + cell + "\n";
    cell.clear();
  }
  return read_target(table(text), {1}, {.task = task});
}

TEST(Target, TextAndBooleansAreClasses) {
  const Target t = target("b a b c a c");
  EXPECT_EQ(t.task, Task::classification);
  EXPECT_THAT(t.classes, ElementsAre("a", "b", "c"));
  EXPECT_THAT(t.labels, ElementsAre(1, 0, 1, 2, 0, 2));
  EXPECT_EQ(t.reason, "'t' is text");
  const Target b = target("yes no Yes no");
  EXPECT_THAT(b.classes, ElementsAre("no", "yes"));
  EXPECT_THAT(b.labels, ElementsAre(1, 0, 1, 0));
}

TEST(Target, WholeNumbersFromZeroOrOneAreClasses) {
  EXPECT_EQ(target("0 1 0 1").task, Task::classification);
  EXPECT_EQ(target("3 1 2 1.0 2 3").task, Task::classification);
  EXPECT_THAT(target("3 1 2 1.0 2 3").classes, ElementsAre("1", "2", "3"));
  EXPECT_EQ(target("0 1 0 1").reason, "the values of 't' are exactly the whole numbers 0..1");
  EXPECT_EQ(target("2 3 2 3").task, Task::regression);
  EXPECT_EQ(target("0 2 0 2").task, Task::regression);
  EXPECT_EQ(target("0 1 0.5 1").task, Task::regression);
  EXPECT_EQ(target("-1 0 1 0").task, Task::regression);
}

TEST(Target, AtMostTwentyNumberedClasses) {
  std::string twenty, more;
  for (int i = 1; i <= 20; ++i) twenty += std::to_string(i) + " " + std::to_string(i) + " ";
  more = twenty + "21 21";
  twenty.pop_back();
  EXPECT_EQ(target(twenty).task, Task::classification);
  EXPECT_THAT(target(twenty).classes.back(), "20");
  EXPECT_EQ(target(more).task, Task::regression);
}

TEST(Target, TaskOverrides) {
  EXPECT_EQ(target("0 1 0 1", Task::regression).task, Task::regression);
  EXPECT_THAT(target("10 9 10 9", Task::classification).classes, ElementsAre("9", "10"));
  EXPECT_THAT(error_of([] { target("a b a b", Task::regression); }),
              HasSubstr("is text: --task regression needs numbers"));
}

TEST(Target, RefusesWhatCannotBeLearned) {
  EXPECT_THAT(error_of([] { target("a a a"); }), HasSubstr("only one class ('a')"));
  EXPECT_THAT(error_of([] { target("1 1 1"); }), HasSubstr("only one class ('1')"));
  EXPECT_THAT(error_of([] { target("5.5 5.5"); }), HasSubstr("every value is the same"));
  EXPECT_THAT(error_of([] { target("a b c"); }), HasSubstr("too few rows for its classes (3 rows, 3 classes)"));
  EXPECT_THAT(error_of([] { target("? ? ?"); }), HasSubstr("it is missing in every row"));
}

TEST(Target, MissingCellsAreRowsWithoutALabel) {
  const Target t = target("b ? a b NA a");
  EXPECT_THAT(t.labels, ElementsAre(1, -1, 0, 1, -1, 0));
  EXPECT_THAT(t.rows, ElementsAre(0, 2, 3, 5));
  const Target numbers = target("1.5 ? 2.5");
  EXPECT_THAT(numbers.rows, ElementsAre(0, 2));
  EXPECT_EQ(numbers.values[2], 2.5);
}

TEST(Target, SeveralNumbers) {
  const Table t = table("a,b,c\n1.5,x,2\n2.5,y,?\n3.5,z,5\n");
  const Target target = read_target(t, find_targets(t, "a,c"));
  EXPECT_EQ(target.task, Task::regression);
  EXPECT_THAT(target.rows, ElementsAre(0, 2));
  EXPECT_EQ(target.values[1], 2.0);
  EXPECT_EQ(target.values[4], 3.5);
  EXPECT_THAT(error_of([&] { read_target(t, find_targets(t, "a,b")); }), HasSubstr("must all be numbers"));
  EXPECT_THAT(error_of([&] { find_targets(t, "a,a"); }), HasSubstr("is named twice"));
}

TEST(Target, LabelsWithoutWhatIsNoPartOfThem) {
  const Table t = table("x,t\n1,>50K.\n2,<=50K\n3,>50K\n4,<=50K.\n");
  EXPECT_THAT(read_target(t, {1}, {.trim = "."}).labels, ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(match_labels(t, 1, {"<=50K", ">50K"}, "."), ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(error_of([&] {
                match_labels(t, 1, {"<=50K", ">50K"});
              }),
              HasSubstr("t.csv:2: column 't': '>50K.' is none of the model's classes: <=50K, >50K (--trim-labels '.'"));
}

TEST(Target, MatchesLabelsOfAnotherFile) {
  const auto match = [](std::string_view text, std::vector<std::string> classes) {
    return match_labels(table(text), 0, classes);
  };
  EXPECT_THAT(match("t,x\nb,1\na,2\n", {"a", "b"}), ElementsAre(1, 0));
  EXPECT_THAT(match("t,x\n1.0,1\n2,2\n", {"1", "2"}), ElementsAre(0, 1));
  EXPECT_THAT(match("t,x\nTRUE,1\nfalse,2\n", {"False", "True"}), ElementsAre(1, 0));
  EXPECT_THAT(error_of([&] {
                match("t,x\na,1\nz,2\n", {"a", "b"});
              }),
              StartsWith("t.csv:3: column 't': 'z' is none of the model's classes: a, b"));
}

}  // namespace
}  // namespace backprop::data
