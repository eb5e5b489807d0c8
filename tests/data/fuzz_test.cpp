// Whatever the bytes, a reader gives a table or one DataError: never a crash, never another exception.
#include <gtest/gtest.h>

#include <random>

#include "backprop/error.hpp"
#include "data/csv.hpp"
#include "data/preprocessing.hpp"
#include "data/table.hpp"
#include "data/target.hpp"

namespace backprop::data {
namespace {

using std::string_literals::operator""s;

const std::vector<std::string> seeds = {
    "sepal length,sepal width,species\n5.1,3.5,setosa\n4.9,3.0,\"versi\"\"color\"\n6.1,2.9,setosa\n5.5,2.1,virginica\n",
    "x;y;t\r\n1,5;2;0\r\n2,5;3;1\r\n1,0;0;0\r\n0,0;1;1\r\n",
    " 1 2.5 3\n4   5 6\n 7 8.25 1e3\n1 1 2\n2 2 3\n",
    "a\tb\n1\tyes\n2\tno\n3\tyes\n4\tno\n",
    "\xef\xbb\xbfÄ,b\n\"l1\nl2\",2\n,?\nNA,null\n",
};

// Reads as the program does, up to the fitted preprocessing.
void read_all(const std::string& text) {
  const Table table(parse_csv({text.begin(), text.end()}, "fuzz"));
  const Target target = read_target(table, find_targets(table, "last"));
  const auto roles = find_roles(table, target.rows, target.columns);
  const Preprocessing fitted = Preprocessing::fit(table, target.rows, roles);
  ASSERT_EQ(Preprocessing::from_json(fitted.to_json(), fitted.text_inputs()).feature_names(), fitted.feature_names());
}

TEST(Fuzz, MutatedTablesAreReadOrRefused) {
  std::mt19937_64 random(1);
  const std::string alphabet = "0123456789,;\t\"\n\r .eE+-?xyNaN\0\xff\xc3\xa9\x01"s;
  int read = 0, refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = seeds[random() % seeds.size()];
    for (std::uint64_t edits = random() % 6; edits > 0; --edits) {
      const std::size_t at = random() % (text.size() + 1);
      switch (random() % 4) {
        case 0: text.insert(at, 1, alphabet[random() % alphabet.size()]); break;
        case 1: text.erase(at, random() % 4); break;
        case 2: text.insert(at, text.substr(random() % (text.size() + 1), random() % 20)); break;
        default:
          if (at < text.size()) text[at] = static_cast<char>(random());
      }
    }
    try {
      read_all(text);
      ++read;
    } catch (const DataError& error) {
      ++refused;
      const std::string line = error.what();
      ASSERT_EQ(line.find('\n'), std::string::npos) << line;
      ASSERT_TRUE(line.starts_with("fuzz:")) << line;
    }
  }
  EXPECT_GT(read, 1000);
  EXPECT_GT(refused, 1000);
}

TEST(Fuzz, RandomBytesAreRefused) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 2000; ++i) {
    std::string text(random() % 300, '\0');
    for (char& c : text) c = static_cast<char>(random());
    EXPECT_THROW(read_all(text), DataError);
  }
}

}  // namespace
}  // namespace backprop::data
