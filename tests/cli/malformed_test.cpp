// Broken files of every format, each refused with one line that names the file and the place, at once and without taking
// much memory, whatever the file declares.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "run_program.hpp"

namespace backprop::cli {
namespace {

using std::string_literals::operator""s;

struct Case {
  std::string format;  // and the file's extension
  std::string bytes;
  std::string place;  // what stands behind the file's name in the error
};

std::string repeat(const std::string& text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

std::vector<Case> csv_cases() {
  std::vector<Case> cases = {
      {"csv", "", ": the file is empty"},
      {"csv", "\n\n  \n", ": the file is empty"},
      {"csv", "\xef\xbb\xbf", ": the file is empty"},
      {"csv", "a,b\n", ": only a header line"},
      {"csv", "a,b\n\n\n", ": only a header line"},
      {"csv", "a,a\n1,2\n", ":1: columns 1 and 2 are both called"},
      {"csv", "\n\na,b,a\n1,2,3\n", ":3: columns 1 and 3 are both called"},
      {"csv", "a,b\n1,2\n1\n", ":3: 1 cell where"},
      {"csv", "a,b\n1,2\n1,2,3\n", ":3: 3 cells where"},
      {"csv", "a,b\n1,2\n\n\n1,2,3,4\n", ":5: 4 cells where"},
      {"csv", "a;b\n1;2\n3;4\n5\n", ":4: 1 cell where"},
      {"csv", "a\tb\n1\t2\n3\t4\t5\n", ":3: 3 cells where"},
      {"csv", "1 2\n3 4\n5 6 7\n", ":3: 3 cells where"},
      {"csv", "a,b\r\n1,2\r\n3\r\n", ":3: 1 cell where"},
      {"csv", "a,b\r1,2\r3\r", ":3: 1 cell where"},
      {"csv", "a,b\n\"x\ny\",2\n1\n", ":4: 1 cell where"},
      {"csv", "a,b\n1,\"2\n", ":2: a quote opens here"},
      {"csv", "a,b\n1,2\n\"3,4\n5,6\n", ":3: a quote opens here"},
      {"csv", "\"a,b\n1,2\n", ":1: a quote opens here"},
      {"csv", "a,b\n1,\"2\"x\n", ":2: text after a closing quote"},
      {"csv", "a,b\n\"1\" \"2\",3\n", ":2: text after a closing quote"},
      {"csv", "a,b\n1,\0\n"s, ":2: a NUL byte"},
      {"csv", "\0\0\0\0\0\0"s, ":1: a NUL byte"},
      {"csv", "a,b\n1,2\n3,\x01\n", ":3: byte 0x01"},
      {"csv", "a,b\n1,\"\x02\"\n", ":2: byte 0x02"},
      {"csv", "a,b\n1,\x7f\n", ":2: byte 0x7f"},
      {"csv", "a,b\nM\xfcller,1\n", ":2: not UTF-8"},
      {"csv", "a,b\n\xc0\xaf,1\n", ":2: not UTF-8"},
      {"csv", "a,b\n1,2\n\xed\xa0\x80,1\n", ":3: not UTF-8"},
      {"csv", "a,b\n\xf4\x90\x80\x80,1\n", ":2: not UTF-8"},
      {"csv", "a,b\n1,\xe3\x81", ":2: not UTF-8"},
      {"csv",
       "\xff\xfe"
       "a\0,\0"s,
       ": is UTF-16"},
      {"csv", "\xfe\xff\0a"s, ": is UTF-16"},
      {"csv", "a,b\n" + repeat("1,x\n", 2) + repeat("1,y\n", 3) + "1\n", ":7: 1 cell where"},
      {"csv", "x,t\n" + repeat("1,2.5\n", 30) + "1,abc\n", ":32: column 't': 'abc' is not a number"},
      {"csv", "x,t\n" + repeat("1,2.5\n", 30) + "1,1e999\n", ":32: column 't': '1e999'"},
      {"csv", "x,t\n1,2.5\n2,1e39\n", ":3: column 't': '1e39' is too large"},
      {"csv", "a,b\n" + std::string(100000, 'x') + "\n", ":2: 1 cell where"},
      {"csv", "a,b\n" + repeat("1,2\n", 20000) + "1,2,3\n", ":20002: 3 cells where"},
      {"csv", repeat("\"", 99999), ":1: a quote opens here"},
  };
  // The same in every delimiter and line end.
  for (const std::string delimiter : {",", ";", "\t"}) {
    for (const std::string end : {"\n", "\r\n", "\r"}) {
      const std::string head = "a" + delimiter + "b" + end, good = "1" + delimiter + "2" + end;
      cases.push_back({"csv", head + good + good + "1" + end, ":4: 1 cell where"});
      cases.push_back({"csv", head + good + good + "1" + delimiter + good, ":4: 3 cells where"});
      cases.push_back({"csv", head + good + good + "\"1", ":4: a quote opens here"});
      cases.push_back({"csv", head + good + good + good + "\x03" + good, ":5: byte 0x03"});
      cases.push_back({"csv", head + good + "\xff" + good, ":3: not UTF-8"});
    }
  }
  return cases;
}

std::vector<Case> arff_cases() {
  const std::string head = "@relation r\n@attribute a numeric\n@attribute b {x,y}\n@attribute c string\n@data\n";
  return {
      {"arff", "", ":0: the file ends before @data"},
      {"arff", "@relation r\n", ":1: the file ends before @data"},
      {"arff", "% only\n% comments\n", ":2: the file ends before @data"},
      {"arff", "@relation r\n@data\n1\n", ":2: no @attribute"},
      {"arff", "@relation r\nhello\n", ":2: @relation, @attribute or @data"},
      {"arff", "@relation r\n@attribute\n", ":2: an attribute needs a name"},
      {"arff", "@relation r\n@attribute a\n", ":2: the type ''"},
      {"arff", "@relation r\n@attribute a complex\n", ":2: the type 'complex'"},
      {"arff", "@relation r\n@attribute a relational\n", ":2: the type 'relational'"},
      {"arff", "@relation r\n@attribute a {x,y\n", ":2: the list of values is not closed"},
      {"arff", "@relation r\n@attribute 'a numeric\n", ":2: a quote is not closed"},
      {"arff", "@relation r\n@attribute a {'x,y}\n", ":2: a quote is not closed"},
      {"arff", "@relation r\n@attribute a numeric\n@attribute a numeric\n@data\n1,2\n", ":4: columns 1 and 2"},
      {"arff", head, ": no rows behind @data"},
      {"arff", head + "% none\n\n", ": no rows behind @data"},
      {"arff", head + "1,x\n", ":6: 2 values, and 3 are declared"},
      {"arff", head + "1,x,s\n1\n", ":7: 1 values, and 3 are declared"},
      {"arff", head + "1,x,s,t\n", ":6: more than the 3 declared values"},
      {"arff", head + "1,z,s\n", ":6: column 'b': 'z' is none of the declared values"},
      {"arff", head + "one,x,s\n", ":6: column 'a': 'one' is not a number"},
      {"arff", head + "1e999,x,s\n", ":6: column 'a': '1e999' is not a number"},
      {"arff", head + "1,x,'s\n", ":6: a quote is not closed"},
      {"arff", head + "1,x,\"s\n", ":6: a quote is not closed"},
      {"arff", head + "1,x,'s\\'\n", ":6: a quote is not closed"},
      {"arff", head + "{0 1\n", ":6: a sparse row is closed by }"},
      {"arff", head + "{0 1, 0 2}\n", ":6: '0' is no index"},
      {"arff", head + "{1 x, 0 2}\n", ":6: '0' is no index"},
      {"arff", head + "{3 1}\n", ":6: '3' is no index"},
      {"arff", head + "{-1 1}\n", ":6: '-1' is no index"},
      {"arff", head + "{x 1}\n", ":6: 'x' is no index"},
      {"arff", head + "{99999999999999999999 1}\n", ":6: '99999999999999999999' is no index"},
      {"arff", head + "{0 one}\n", ":6: column 'a': 'one' is not a number"},
      {"arff", head + "{0 1} 2\n", ":6: text behind the }"},
      {"arff", head + "{0 1 1 x}\n", ":6: a sparse row is closed by }"},
      {"arff", head + "1,x,\xff\n", ":6: not UTF-8"},
      {"arff", head + "1,x,\0\n"s, ":6: a NUL byte"},
      {"arff", "\xff\xfe@", ": is UTF-16"},
  };
}

std::vector<Case> fann_cases() {
  return {
      {"fann", "", ": the file is empty"},
      {"fann", "hello\n", ":1: the first line of a FANN file is"},
      {"fann", "2 1\n1\n0\n", ":1: the first line of a FANN file is"},
      {"fann", "2 1 1 1\n1\n0\n", ":1: the first line of a FANN file is"},
      {"fann", "-2 1 1\n1\n0\n", ":1: the first line of a FANN file is"},
      {"fann", "2.5 1 1\n1\n0\n", ":1: the first line of a FANN file is"},
      {"fann", "99999999999999999999 1 1\n", ":1: the first line of a FANN file is"},
      {"fann", "0 1 1\n", ":1: declares no pairs"},
      {"fann", "1 0 1\n1\n", ":1: declares no pairs"},
      {"fann", "1 1 0\n1\n", ":1: declares no pairs"},
      {"fann", "1 4000000000 1\n1\n", ":1: declares too many columns"},
      {"fann", "18446744073709551615 2 2\n1 2\n3 4\n", ":1: declares 18446744073709551615 pairs"},
      {"fann", "4611686018427387904 2 2\n1 2\n3 4\n", ":1: declares 4611686018427387904 pairs"},
      {"fann", "1000000000 1000 1\n1 2\n3 4\n", ":1: declares 1000000000 pairs"},
      {"fann", "2 1 1\n1\n0\n", ":3: ends in pair 2 of the 2"},
      {"fann", "2 2 1\n1 2\n0\n3 4\n", ":4: ends in pair 2 of the 2"},
      {"fann", "2 2 1\n1 2\n0\n3\n", ":4: ends in pair 2 of the 2"},
      {"fann", "1 2 1\n1 2\n0\n3 4\n1\n", ":4: goes on after the 1 pairs"},
      {"fann", "1 2 1\n1 2\nx\n", ":3: 'x' is not a number"},
      {"fann", "1 2 1\n1 nan\n0\n", ":2: 'nan' is not a number"},
      {"fann", "1 2 1\n1 1,5\n0\n", ":2: '1,5' is not a number"},
      {"fann", "1 2 1\n1 2\n1e999\n", ":3: '1e999' is not a number"},
      {"fann", "1 2 1\n1 \xff\n0\n", ":2: not UTF-8"},
      {"fann", "1 2 1\n1 \0\n0\n"s, ":2: a NUL byte"},
  };
}

std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 255);
  return bytes;
}

std::string idx(char type, const std::vector<std::uint32_t>& shape, std::size_t data) {
  std::string bytes = "\0\0"s + type + static_cast<char>(shape.size());
  for (const std::uint32_t extent : shape) bytes += big_endian(extent);
  return bytes + std::string(data, '\1');
}

std::vector<Case> idx_cases() {
  std::vector<Case> cases = {
      {"idx", "\1\0\x08\1"s + big_endian(1) + "a", ": byte 0: this is not an IDX file"},
      {"idx", "\0\0\7\1"s + big_endian(1) + "a", ": byte 2: element type 7"},
      {"idx", "\0\0\x08\0"s, ": byte 3: declares 0 dimensions"},
      {"idx", "\0\0\x08\x09"s, ": byte 3: declares 9 dimensions"},
      {"idx", "\0\0\x08\xff"s, ": byte 3: declares 255 dimensions"},
      {"idx", idx(8, {0}, 0), ": its header declares [0], 0 bytes: there are no rows"},
      {"idx", idx(8, {3, 0}, 0), ": its header declares [3, 0], 0 bytes: there are no rows"},
      {"idx", idx(8, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, 4), ": has a shape that is too large"},
      {"idx", idx(14, {0x80000000, 0x80000000}, 4), ": has a shape that is too large"},
      {"idx", idx(8, {0xFFFFFFFF}, 4), ": its header declares [4294967295], 4294967295 bytes, and 4 follow"},
      {"idx", idx(8, {2, 0xFFFFFFFF}, 4), ": its header declares [2, 4294967295], 8589934590 bytes, and 4 follow"},
      {"idx", idx(8, {1, 2000000}, 2000000), ": its header declares [1, 2000000], 2000000 bytes: that is too many"},
      {"idx", idx(8, {4}, 5), ": its header declares [4], 4 bytes, and 5 follow"},
  };
  for (const char type : {8, 9, 11, 12, 13, 14}) {
    cases.push_back({"idx", idx(type, {10, 3}, 7), ": its header declares [10, 3], "});
  }
  const std::string good = idx(8, {2, 3}, 6);
  for (std::size_t size = 0; size < 12; ++size) cases.push_back({"idx", good.substr(0, size), ": ends in its header"});
  for (std::size_t size = 12; size < 18; ++size)
    cases.push_back({"idx", good.substr(0, size), ": its header declares"});
  return cases;
}

std::string npy(const std::string& header, std::size_t data, char version = 1) {
  const std::size_t size = header.size();
  std::string bytes =
      "\x93NUMPY"s + version + '\0' + static_cast<char>(size & 255) + static_cast<char>(size >> 8 & 255);
  if (version > 1) bytes += static_cast<char>(size >> 16 & 255) + std::string(1, static_cast<char>(size >> 24 & 255));
  return bytes + header + std::string(data, '\0');
}

std::string array(const std::string& type, const std::string& shape, std::size_t data) {
  return npy("{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }", data);
}

std::vector<Case> npy_cases() {
  std::vector<Case> cases = {
      {"npy", npy("", 0), ": byte 10: the NPY header needs a '{'"},
      {"npy", npy("[]", 0), ": byte 10: the NPY header needs a '{'"},
      {"npy", npy("{", 0), ": byte 11: the NPY header needs a key"},
      {"npy", npy("{}", 0), ": byte 12: the NPY header lacks"},
      {"npy", npy("{'descr'", 0), ": byte 18: the NPY header needs a ':'"},
      {"npy", npy("{'descr", 0), ": byte 17: the NPY header has a quote that is not closed"},
      {"npy", npy("{'descr': '<f8'}", 0), ": byte 26: the NPY header lacks"},
      {"npy", npy("{'other': 1}", 0), ": byte 19: the NPY header knows no 'other'"},
      {"npy", npy("{'descr': [('a', '<f8'), ('b', '<f8')]}", 0), ": byte 20: the NPY header declares a record"},
      {"npy", npy("{'descr': 8}", 0), ": byte 20: the NPY header needs a type"},
      {"npy", npy("{'fortran_order': 1}", 0), ": byte 28: the NPY header needs True or False"},
      {"npy", npy("{'shape': 3}", 0), ": byte 20: the NPY header needs a '('"},
      {"npy", npy("{'shape': (a)}", 0), ": byte 21: the NPY header needs a whole number"},
      {"npy", npy("{'shape': (-1,)}", 0), ": byte 21: the NPY header needs a whole number"},
      {"npy", npy("{'shape': (1", 0), ": byte 22: the NPY header needs a ')'"},
      {"npy", npy("{'shape': (99999999999999999999,)}", 0), ": byte 21: the NPY header needs a whole number"},
      {"npy", npy("{'shape': (" + repeat("1,", 40) + ")}", 0), ": byte 86: the NPY header declares more than 32"},
      {"npy", npy(repeat("{'descr': ", 100), 0), ": byte 20: the NPY header needs a type"},
      {"npy", npy("{}", 0, 4), ": byte 6: version 4"},
      {"npy", npy("{}", 0, 0), ": byte 6: version 0"},
      {"npy", "\x93NUMPY\2\0\xff\xff\xff\xff"s, ": byte 8: declares a header of 4294967295 bytes"},
      {"npy", "\x93NUMPY\1\0\xff\xff{"s, ": ends in its header"},
      {"npy", "\x93NUMPX\1\0\0\0"s, ": byte 0: this is not an NPY file"},
      {"npy", array("<f8", "()", 8), ": holds a single number"},
      {"npy", array("<f8", "(0,)", 0), ": its header declares [0], 0 bytes: there are no rows"},
      {"npy", array("<f8", "(3, 0)", 0), ": its header declares [3, 0], 0 bytes: there are no rows"},
      {"npy", array("<f8", "(18446744073709551615, 2)", 8), ": has a shape that is too large"},
      {"npy", array("<f8", "(4294967296, 4294967296)", 8), ": has a shape that is too large"},
      {"npy", array("<f8", "(2305843009213693952,)", 8), ": has a shape that is too large"},
      {"npy", array("<f8", "(1000000000000,)", 8), ": its header declares [1000000000000], 8000000000000 bytes, and 8"},
      {"npy", array("<f8", "(3, 2)", 47), ": its header declares [3, 2], 48 bytes, and 47 follow"},
      {"npy", array("<f8", "(3, 2)", 49), ": its header declares [3, 2], 48 bytes, and 49 follow"},
      {"npy", array("|u1", "(1, 2000000)", 2000000), ": its header declares [1, 2000000], 2000000 bytes: that is too"},
      {"npy", array("|S1", "(2,)", 0) + "\xff\xff", ": row 1: a byte that is not ASCII"},
      {"npy", array("<U1", "(2,)", 0) + "a\0\0\0\0\0\x11\0"s, ": row 2: a text that is not Unicode"},
      {"npy", array("<U1", "(1,)", 0) + "\0\xd8\0\0"s, ": row 1: a text that is not Unicode"},
      {"npy", array("|S99999999", "(2,)", 8), ": byte 32: the NPY header declares the type"},
  };
  for (const char* type : {"|O", "<c16", "<M8[D]", "<f3", "<i3", "<u16", "<f16", "|V8", "", "<", "f", "<8f", "<f8x"}) {
    cases.push_back({"npy", array(type, "(1,)", 16), ": byte " + std::to_string(22 + std::strlen(type)) + ": the NPY"});
  }
  const std::string good = array("<f8", "(2,)", 16);
  for (std::size_t size = 6; size < good.size() - 16; size += 3) {
    cases.push_back({"npy", good.substr(0, size), ": ends in its header"});
  }
  return cases;
}

// An archive of one stored entry x.npy, with a place to break each part.
std::string zip(const std::string& data, std::uint32_t size, std::uint32_t method = 0, std::uint32_t local = 0,
                std::uint32_t flags = 0, std::uint32_t check_sum = 0) {
  const auto little = [](std::uint32_t number, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i) & 255);
    return text;
  };
  const std::string name = "x.npy";
  std::string bytes = "PK\3\4" + little(20, 2) + little(flags, 2) + little(method, 2) + little(0, 4) +
                      little(check_sum, 4) + little(static_cast<std::uint32_t>(data.size()), 4) + little(size, 4) +
                      little(5, 2) + little(0, 2) + name + data;
  const auto directory = static_cast<std::uint32_t>(bytes.size());
  bytes += "PK\1\2" + little(20, 2) + little(20, 2) + little(flags, 2) + little(method, 2) + little(0, 4) +
           little(check_sum, 4) + little(static_cast<std::uint32_t>(data.size()), 4) + little(size, 4) + little(5, 2) +
           little(0, 2) + little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(local, 4) + name;
  const auto length = static_cast<std::uint32_t>(bytes.size()) - directory;
  return bytes + "PK\5\6" + little(0, 4) + little(1, 2) + little(1, 2) + little(length, 4) + little(directory, 4) +
         little(0, 2);
}

std::vector<Case> npz_cases() {
  const std::string data = array("<f8", "(2,)", 16);
  const auto size = static_cast<std::uint32_t>(data.size());
  const std::string good = zip(data, size);
  std::vector<Case> cases = {
      {"npz", zip(data, size + 1), ": byte 118: 'x.npy' declares"},
      {"npz", zip(data, 0xFFFFFFF0, 8), ": byte 118: 'x.npy' declares 4294967280 bytes"},
      {"npz", zip(data, size, 12), ": byte 118: 'x.npy' is packed by a method"},
      {"npz", zip(data, size, 0, 0, 1), ": byte 118: 'x.npy' is encrypted"},
      {"npz", zip(data, size, 0, 9), ": byte 9: the ZIP entry 'x.npy' is damaged"},
      {"npz", zip(data, size, 0, 0x7FFFFFFF), ": byte "},
      {"npz", zip(data, size), ": array 'x': its check sum is wrong"},
      {"npz", zip(data, size, 8), ": array 'x': its packed data is damaged"},
      {"npz", zip("hello", 5), ": array 'x': "},
      {"npz", "PK\3\4", ": byte 4: the ZIP archive has no end record"},
      {"npz", good.substr(0, good.size() - 22) + "PK\5\6" + std::string(18, '\0'), ": holds no arrays"},
      {"npz", good.substr(0, good.size() - 22) + "PK\5\6" + std::string(18, '\xff'), ": byte "},
  };
  for (std::size_t cut = 1; cut <= 22; ++cut) {
    cases.push_back({"npz", good.substr(0, good.size() - cut), ": byte "});
  }
  return cases;
}

std::vector<Case> gzip_cases() {
  const std::string head = "\x1f\x8b\x08\0\0\0\0\0\0\3"s;
  return {
      {"csv.gz", "\x1f\x8b", ": byte 2: the file ends in the middle of the gzip data"},
      {"csv.gz", head, ": byte 10: the file ends in the middle of the gzip data"},
      {"csv.gz", "\x1f\x8b\x07\0\0\0\0\0\0\3"s, ": byte "},
      {"csv.gz", head + "\x07", ": byte "},
      {"csv.gz", head + std::string(20, '\xff'), ": byte "},
      {"csv.gz", head + "\x03\0"s + std::string(8, '\1'), ": byte "},
      {"csv.gz", head + "\x03\0"s + std::string(8, '\0') + "garbage", ": byte "},
      {"csv.gz", head + "\x03\0"s + std::string(8, '\0'), ": the file is empty"},
  };
}

std::vector<Case> other_cases() {
  return {
      {"db", "SQLite format 3\0"s + std::string(84, '\0'), ": is an SQLite database: use sqlite:"},
      {"onnx", "", ": "},
      {"onnx", "hello", ": "},
      {"onnx", "\x08\x08", ": "},
      {"onnx", std::string(1000, '\xff'), ": "},
      {"onnx", "\x3a\xff\xff\xff\xff\x0f", ": "},
  };
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& part :
       {csv_cases(), arff_cases(), fann_cases(), idx_cases(), npy_cases(), npz_cases(), gzip_cases(), other_cases()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

struct Cost {
  int code = -1;
  double seconds = 0;  // of a processor
  long kilobytes = 0;  // most that was resident
};

Cost run(const Workplace& place, const std::vector<std::string>& arguments) {
  const pid_t child = fork();
  if (child == 0) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    if (chdir(place.path("").c_str()) != 0) _exit(99);
    const int flags = O_WRONLY | O_CREAT | O_TRUNC;
    dup2(open("err", flags, 0600), STDERR_FILENO);
    dup2(open("out", flags, 0600), STDOUT_FILENO);
    execv(BACKPROP_PROGRAM, argv.data());
    _exit(99);
  }
  int status = 0;
  struct rusage usage {};
  wait4(child, &status, 0, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, seconds(usage.ru_utime) + seconds(usage.ru_stime),
          usage.ru_maxrss};
}

TEST(Malformed, EachFileIsRefusedWithOneLineThatNamesThePlace) {
  const std::vector<Case> cases = all_cases();
  EXPECT_GE(cases.size(), 200u);
  const Workplace place;
  place.write("rows.csv", "a,b\n1,2\n");
  place.write("empty.csv", "");
  const long idle = run(place, {"backprop", "train", "empty.csv", "--target", "last"}).kilobytes;
  std::size_t number = 0;
  double longest = 0;
  for (const Case& c : cases) {
    const std::string name = "f" + std::to_string(++number) + "." + c.format;
    place.write(name, c.bytes);
    const Cost cost = c.format == "onnx" ? run(place, {"backprop", "predict", name, "rows.csv"})
                                         : run(place, {"backprop", "train", name, "--target", "last", "--epochs", "1"});
    const std::string line = place.read("err");
    EXPECT_EQ(cost.code, c.format == "db" ? 2 : 3) << name << ": " << line;
    EXPECT_THAT(line, testing::StartsWith("error: " + name + c.place));
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
    EXPECT_LT(line.size(), 500u) << line;
    EXPECT_EQ(place.read("out"), "");
    EXPECT_LT(cost.kilobytes, idle + 4096 + 2 * static_cast<long>(c.bytes.size() / 1024)) << line;
    longest = std::max(longest, cost.seconds);
  }
  std::printf("%zu broken files, the slowest took %.3f s\n", cases.size(), longest);
  EXPECT_LT(longest, 1.0);
}

}  // namespace
}  // namespace backprop::cli
