#include "formats/safetensors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "backprop/error.hpp"
#include "formats/event_file.hpp"
#include "formats/file.hpp"

namespace backprop {
namespace {

class SafetensorsFile : public testing::Test {
 protected:
  std::string path = testing::TempDir() + "backprop_safetensors_test.safetensors";
  void TearDown() override { std::filesystem::remove(path); }

  void write(const std::string& header, const std::string& buffer = "") const {
    const std::uint64_t length = header.size();
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    std::ofstream(path, std::ios::binary) << bytes << header << buffer;
  }
  // What is said of the file, without its name.
  std::string refusal() const {
    const auto start = std::chrono::steady_clock::now();
    try {
      read_safetensors(path);
    } catch (const DataError& error) {
      EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
      const std::string text = error.what();
      EXPECT_EQ(text.find('\n'), std::string::npos);
      EXPECT_EQ(text.substr(0, path.size() + 2), path + ": ");
      return text.substr(path.size() + 2);
    }
    return "not refused";
  }
};

TEST_F(SafetensorsFile, ReadsBackWhatIsWritten) {
  Tensor a = Tensor::from<float>({2, 3}, {1, 2, 3, 4, 5, 6}), b = Tensor::from<double>({}, {0.1}),
         c = Tensor::from<std::int64_t>({2}, {-1, std::int64_t{1} << 40}), d = Tensor::from<std::int32_t>({0}, {}),
         e = Tensor::from<bool>({3}, {true, false, true});
  const std::vector<NamedTensor> tensors = {{"a.weight", a}, {"b \"quoted\" ü", b}, {"c", c}, {"d", d}, {"e", e}};
  write_safetensors(path, {{"key", "value\n"}}, tensors);
  const Safetensors file = read_safetensors(path);
  EXPECT_EQ(file.metadata, (std::map<std::string, std::string>{{"key", "value\n"}}));
  ASSERT_EQ(file.tensors.size(), 5u);
  for (const NamedTensor& tensor : tensors) {
    const Tensor& read = file.tensors.at(tensor.name);
    EXPECT_EQ(read.dtype(), tensor.tensor.dtype);
    EXPECT_EQ(read.extents(), tensor.tensor.extents);
    EXPECT_EQ(std::memcmp(read.data(), tensor.tensor.data, read.bytes()), 0) << tensor.name;
  }
  // The header ends so that the buffer is aligned.
  std::uint64_t length = 0;
  std::memcpy(&length, read_file(path, 1 << 20).data(), 8);
  EXPECT_EQ(length % 8, 0u);
}

TEST_F(SafetensorsFile, RefusesTwoTensorsOfOneName) {
  Tensor a = Tensor::scalar(1.0f);
  EXPECT_THROW(write_safetensors(path, {}, std::vector<NamedTensor>{{"a", a}, {"a", a}}), Error);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(SafetensorsFile, NamesWhatIsWrongAndWhere) {
  const std::string good = R"("dtype":"F32","shape":[1],"data_offsets":[0,4])";
  struct Case {
    std::string header, buffer, expected;
  };
  const std::vector<Case> cases = {
      {"", "", "the header is no JSON at byte 8"},
      {"{", "", "the header is no JSON at byte 9"},
      {R"({"a":{)" + good + "}", "1234", "the header is no JSON at byte "},
      {"[]", "", "header: a list stands where an object must"},
      {"null", "", "header: null stands where an object must"},
      {"7", "", "header: a number stands where an object must"},
      {R"({"a":7})", "", "tensor 'a': a number stands where an object of dtype, shape and data_offsets must"},
      {R"({"a":[]})", "", "tensor 'a': a list stands where an object of dtype, shape and data_offsets must"},
      {R"({"a":{}})", "", "tensor 'a': 'dtype' is missing"},
      {R"({"a":{"dtype":"F32"}})", "", "tensor 'a': 'shape' is missing"},
      {R"({"a":{"dtype":"F32","shape":[1]}})", "", "tensor 'a': 'data_offsets' is missing"},
      {R"({"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}})", "1234", "tensor 'a': its type 'F33' is none of "},
      {R"({"a":{"dtype":4,"shape":[1],"data_offsets":[0,4]}})", "1234", "tensor 'a': a number stands where 'dtype'"},
      {R"({"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}})", "1234", "tensor 'a': a number stands where 'shape'"},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "1234", "tensor 'a': a negative number stands"},
      {R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", "1234", "tensor 'a': a fraction stands"},
      {R"({"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}})", "1234", "tensor 'a': a text stands"},
      {R"({"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})", "1234", "tensor 'a': a list stands"},
      {R"({"a":{"dtype":"F32","shape":[{}],"data_offsets":[0,4]}})", "1234", "tensor 'a': an object stands"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", "1234", "tensor 'a': 'data_offsets' are not two"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", "1234", "tensor 'a': 'data_offsets' are not two"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", "1234", "tensor 'a': data_offsets 4 to 0 run back"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "12345678",
       "tensor 'a': data_offsets 4 to 8 leave a"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "1234", "tensor 'a': data_offsets 0 to 4, but its"},
      {R"({"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,4]}})", "1234",
       "tensor 'a': data_offsets 0 to 4, but its shape [4611686018427387904, 4611686018427387904] needs more than "
       "2^63"},
      {R"({"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]}})", "1234",
       "tensor 'a': 'shape' holds 18446744073709551615, which is too large"},
      {R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", "1234",
       "tensor 'a': 'shape' has more than 16 axes"},
      {R"({"a":{)" + good + R"(},"b":{)" + good + "}}", "1234", "tensor 'b': data_offsets 0 to 4 overlap"},
      {R"({"a":{)" + good + R"(},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "12345678",
       "tensor 'a': the name stands there twice"},
      {R"({"a":{"dtype":"F32",)" + good + "}}", "1234", "tensor 'a': 'dtype' is given twice"},
      {R"({"a":{)" + good + "}}", "12345", "the tensors need 4 bytes, behind the header stand 5"},
      {R"({"a":{)" + good + "}}", "123", "the tensors need 4 bytes, behind the header stand 3"},
      {R"({"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}})", "\x02",
       "tensor 'a': a boolean is neither 0 nor 1"},
      {R"({"__metadata__":{"a":1}})", "", "header: __metadata__: a number stands where a text must"},
      {R"({"__metadata__":[]})", "", "header: __metadata__: a list stands where an object of texts must"},
      {R"({"__metadata__":{"a":{}}})", "", "header: __metadata__: an object stands where a text must"},
      {R"({"__metadata__":{"a":"1","a":"2"}})", "", "header: __metadata__: 'a' is given twice"},
      {R"({"a":{"dtype":"F32","extra":{"deep":1},"shape":[1],"data_offsets":[0,4]}})", "1234",
       "tensor 'a': an object stands where 'extra' must not have one"},
      {"{\"a\xff\":{" + good + "}}", "1234", "the header is no JSON at byte 1"},
      {std::string(100000, '['), "", "header: a list stands where an object must"},
  };
  for (const Case& c : cases) {
    write(c.header, c.buffer);
    EXPECT_THAT(refusal(), testing::StartsWith(c.expected)) << c.header.substr(0, 200);
  }
}

TEST_F(SafetensorsFile, RefusesAnImpossibleLengthOfTheHeader) {
  const auto raw = [&](std::uint64_t length, std::size_t kept) {
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    std::ofstream(path, std::ios::binary) << (bytes + "{}").substr(0, kept);
    return refusal();
  };
  EXPECT_EQ(raw(2, 0), "is no safetensors file: has fewer than 8 bytes");
  EXPECT_EQ(raw(2, 7), "is no safetensors file: has fewer than 8 bytes");
  EXPECT_EQ(raw(100'000'001, 10), "is no safetensors file: a header of 100000001 bytes, 100000000 are the most");
  EXPECT_EQ(raw(~std::uint64_t{0}, 10),
            "is no safetensors file: a header of 18446744073709551615 bytes, 100000000 are the most");
  EXPECT_EQ(raw(100'000'000, 10), "the file ends within its header: 2 of 100000000 bytes are there");
  EXPECT_EQ(raw(2, 10), "not refused");
  std::filesystem::remove(path);
  EXPECT_EQ(refusal(), "no such file");
}

// RFC 3720, B.4, and the usual check value.
TEST(EventFile, ChecksumsAreCrc32c) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43u);
}

}  // namespace
}  // namespace backprop
