// One table in every format gives one model and the same predictions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <fstream>
#include <sstream>

#include "run_program.hpp"
#include "tests/support/shared.hpp"

namespace backprop::cli {
namespace {

using std::string_literals::operator""s;
using testing::HasSubstr;
using testing::StartsWith;

// Two columns of numbers that float32 holds, and the class 1 or 2.
struct Rows {
  std::vector<float> x, y;
  std::vector<int> kind;
};

Rows rows() {
  Rows r;
  for (int i = 0; i < 60; ++i) {
    r.x.push_back(static_cast<float>(i % 7) * 0.25f);
    r.y.push_back(static_cast<float>(i % 11) - 5.5f);
    r.kind.push_back(i * 5 % 7 < 3 ? 1 : 2);
  }
  return r;
}

std::string csv(const std::string& header, const std::string& delimiter, char point = '.') {
  const Rows r = rows();
  std::ostringstream text;
  text << header;
  for (std::size_t i = 0; i < r.x.size(); ++i) {
    text << r.x[i] << delimiter << r.y[i] << delimiter << r.kind[i] << "\n";
  }
  std::string result = text.str();
  for (char& c : result) c = c == '.' ? point : c;
  return result;
}

std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 255);
  return bytes;
}

std::string little_endian(std::uint32_t number) {
  const std::string bytes = big_endian(number);
  return {bytes.rbegin(), bytes.rend()};
}

std::string idx_of_numbers() {
  const Rows r = rows();
  std::string bytes = "\0\0\x0d\2"s + big_endian(60) + big_endian(2);
  for (std::size_t i = 0; i < r.x.size(); ++i) {
    bytes += big_endian(std::bit_cast<std::uint32_t>(r.x[i])) + big_endian(std::bit_cast<std::uint32_t>(r.y[i]));
  }
  return bytes;
}

std::string idx_of_labels() {
  std::string bytes = "\0\0\x08\1"s + big_endian(60);
  for (const int kind : rows().kind) bytes += static_cast<char>(kind);
  return bytes;
}

std::string npy_of_numbers(bool columns_first) {
  const Rows r = rows();
  std::string header = std::string("{'descr': '<f4', 'fortran_order': ") + (columns_first ? "True" : "False") +
                       ", 'shape': (60, 2), }\n";
  std::string bytes = "\x93NUMPY\1\0"s + static_cast<char>(header.size()) + '\0' + header;
  const auto add = [&](float number) { bytes += little_endian(std::bit_cast<std::uint32_t>(number)); };
  for (std::size_t i = 0; i < r.x.size() && !columns_first; ++i) add(r.x[i]), add(r.y[i]);
  for (std::size_t i = 0; i < r.x.size() && columns_first; ++i) add(r.x[i]);
  for (std::size_t i = 0; i < r.x.size() && columns_first; ++i) add(r.y[i]);
  return bytes;
}

class Sources : public testing::Test {
 protected:
  void SetUp() override { place.write("t.csv", csv("column_1,column_2,label\n", ",")); }

  // What the model is when trained from a source; of t.csv when not given.
  std::string predictions(const std::string& source, const std::string& target = "label") {
    const Ran ran =
        place.run("train " + source + " --target " + target + " --epochs 3 --hidden 4 --quiet --overwrite --run-dir r");
    EXPECT_EQ(ran.code, 0) << source << ": " << ran.err;
    const Ran predicted = place.run("predict r/model.onnx " + source);
    EXPECT_EQ(predicted.code, 0) << source << ": " << predicted.err;
    return predicted.out;
  }
  Workplace place;
};

TEST_F(Sources, TextInEveryShape) {
  const std::string expected = predictions("t.csv");
  EXPECT_EQ(std::count(expected.begin(), expected.end(), '\n'), 61);
  place.write("s.txt", csv("column_1;column_2;label\n", ";"));
  place.write("t.tsv", csv("column_1\tcolumn_2\tlabel\n", "\t"));
  place.write("b.txt", csv("column_1 column_2  label\n", "  "));
  place.write("none.csv", csv("", ","));
  place.write("comma.csv", csv("column_1;column_2;label\n", ";", ','));
  ASSERT_EQ(place.shell("gzip -k t.csv; gzip -c none.csv >none.gz").code, 0);
  for (const char* source : {"s.txt", "t.tsv", "b.txt", "t.csv.gz", "--data t.csv", "comma.csv --decimal-comma"}) {
    EXPECT_EQ(predictions(source), expected) << source;
  }
  EXPECT_EQ(predictions("none.csv", "3"), expected);
  EXPECT_EQ(predictions("none.gz --no-header", "last"), expected);
  EXPECT_EQ(place.shell("'" BACKPROP_PROGRAM "' predict r/model.onnx - <none.csv").out, expected);
  EXPECT_EQ(place.shell("'" BACKPROP_PROGRAM "' predict r/model.onnx --data - <none.gz").out, expected);
}

TEST_F(Sources, AHintForADecimalComma) {
  place.write("comma.csv", csv("column_1;column_2;label\n", ";", ','));
  const Ran ran = place.run("train comma.csv --target label --epochs 1");
  EXPECT_THAT(ran.err, HasSubstr("column 'column_1' looks like numbers with a decimal comma ('1,5'): --decimal-comma "
                                 "reads them as numbers"));
}

TEST_F(Sources, Arrays) {
  const std::string expected = predictions("t.csv");
  place.write("x.idx", idx_of_numbers());
  place.write("y.idx", idx_of_labels());
  place.write("x.npy", npy_of_numbers(false));
  place.write("f.npy", npy_of_numbers(true));
  ASSERT_EQ(place.shell("gzip -k x.idx y.idx").code, 0);
  for (const char* source :
       {"x.idx --labels y.idx", "x.idx.gz --labels y.idx.gz", "x.npy --labels y.idx", "f.npy --labels y.idx"}) {
    EXPECT_EQ(predictions(source), expected) << source;
  }
  const Ran ran =
      place.run("train x.idx --labels y.idx --test-data x.npy --test-labels y.idx.gz --epochs 1 --run-dir q");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("60 to test"));
  ASSERT_EQ(
      place.run("train x.idx --labels y.idx --epochs 1000000 --members 1 --max-time 0.001s --run-dir s --quiet").code,
      0);
  std::string others = idx_of_labels();
  others.back() ^= 3;  // 1 for 2
  place.write("y.idx", others);
  EXPECT_THAT(place.run("resume s").err, HasSubstr("y.idx: is not the data that the run s began with"));
  place.write("y.idx", "\0\0\x08\1"s + big_endian(3) + "\1\2\1");
  EXPECT_THAT(place.run("train x.idx --labels y.idx").err, StartsWith("error: y.idx: has fewer rows than x.idx"));
}

TEST_F(Sources, Arff) {
  const std::string expected = predictions("t.csv");
  place.write("t.arff",
              "% from Weka\n@RELATION t\n\n@ATTRIBUTE column_1 REAL\n@ATTRIBUTE 'column_2' numeric\n"
              "@ATTRIBUTE label {1, 2}\n@DATA\n" +
                  csv("", ","));
  EXPECT_EQ(predictions("t.arff"), expected);
}

TEST_F(Sources, Fann) {
  const Rows r = rows();
  std::ostringstream values, classes;
  values << "60 2 1\n";
  classes << "60 2 2\n";
  for (std::size_t i = 0; i < r.x.size(); ++i) {
    values << r.x[i] << " " << r.y[i] << "\n" << r.kind[i] << "\n";
    classes << r.x[i] << " " << r.y[i] << "\n" << (r.kind[i] == 1 ? "1 0\n" : "0 1\n");
  }
  place.write("v.train", values.str());
  place.write("c.train", classes.str());
  place.write("t.csv", csv("input_1,input_2,output\n", ","));
  const std::string expected = predictions("t.csv", "output");
  EXPECT_EQ(predictions("v.train", "output"), expected);
  EXPECT_EQ(predictions("c.train", "class"), expected);
  const Ran ran = place.run("train c.train --target class --epochs 1");
  EXPECT_THAT(ran.err, HasSubstr("the outputs are one of 2 classes in every row: column 'class'"));
}

TEST_F(Sources, FormatIsForcedOrRefused) {
  place.write("x.dat", npy_of_numbers(false));
  EXPECT_EQ(place.run("train x.dat --format npy --target 1 --epochs 1 --quiet").code, 0);
  const Ran ran = place.run("train t.csv --format parquet --target 1");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err,
              StartsWith("error: --format parquet: is none of sqlite, postgresql, npy, npz, idx, arff, fann, csv"));
}

TEST(RealFiles, OfFann) {
  if (!std::filesystem::exists(shared_file("data/fann"))) GTEST_SKIP() << no_shared_data;
  const Workplace place;
  const std::string folder = shared_file("data/fann").string();
  const Ran ran = place.run("train " + folder + "/thyroid.train --target class --epochs 2 --test-data " + folder +
                            "/thyroid.test --run-dir r");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("one of 3 classes"));
  EXPECT_THAT(ran.err, HasSubstr("3600 to test"));
}

TEST(RealFiles, OfMnist) {
  if (!std::filesystem::exists(shared_file("data/mnist"))) GTEST_SKIP() << no_shared_data;
  const Workplace place;
  const std::string folder = shared_file("data/mnist").string();
  const Ran ran = place.run("train " + folder + "/t10k-images-idx3-ubyte.gz --labels " + folder +
                            "/t10k-labels-idx1-ubyte.gz --hidden 16 --epochs 1 --run-dir r");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("classification into 10 classes"));
}

}  // namespace
}  // namespace backprop::cli
