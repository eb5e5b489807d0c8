#include "formats/safetensors_header.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "backprop/error.hpp"

namespace backprop {
namespace {

constexpr std::pair<DType, std::string_view> names[] = {{DType::float32, "F32"},
                                                        {DType::float64, "F64"},
                                                        {DType::int32, "I32"},
                                                        {DType::int64, "I64"},
                                                        {DType::boolean, "BOOL"}};

// Takes the JSON event by event, so that what is out of place is refused where it stands and never kept.
class Reader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Reader(const std::string& file) : file_(file) {}
  SafetensorsHeader header;

  [[noreturn]] void fail(const std::string& what) const { throw DataError(file_ + ": " + where() + what); }

  bool start_object(std::size_t) override {
    if (depth_ == 2 || !list_.empty()) unexpected("an object");
    if (depth_ == 1 && key_ != "__metadata__") {
      header.entries.emplace_back().name = key_;
      given_.clear();
    }
    ++depth_;
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ == 1) {
      key_ = name;
      if (!names_.insert(name).second) fail("the name stands there twice");
      return true;
    }
    if (!given_.insert(name).second) fail("'" + name + "' is given twice");
    member_ = name;
    return true;
  }
  bool end_object() override {
    if (--depth_ == 1 && key_ != "__metadata__") {
      for (const char* member : {"dtype", "shape", "data_offsets"}) {
        if (!given_.contains(member)) fail(std::string("'") + member + "' is missing");
      }
    }
    given_.clear();
    return true;
  }
  bool string(string_t& text) override {
    if (depth_ == 2 && list_.empty()) {
      if (key_ == "__metadata__") {
        header.metadata[member_] = text;
        return true;
      }
      if (member_ == "dtype") {
        const auto known = std::find_if(std::begin(names), std::end(names), [&](auto& n) { return n.second == text; });
        if (known == std::end(names)) {
          fail("its type '" + text.substr(0, 20) + "' is none of F32, F64, I32, I64, BOOL");
        }
        header.entries.back().dtype = known->first;
        return true;
      }
    }
    unexpected("a text");
  }
  bool start_array(std::size_t) override {
    const bool here = depth_ == 2 && list_.empty() && key_ != "__metadata__";
    if (!here || (member_ != "shape" && member_ != "data_offsets")) unexpected("a list");
    list_ = member_;
    numbers_.clear();
    return true;
  }
  bool end_array() override {
    if (list_ == "shape") {
      header.entries.back().extents = {numbers_.begin(), numbers_.end()};
    } else {
      if (numbers_.size() != 2) fail("'data_offsets' are not two numbers");
      header.entries.back().begin = numbers_[0];
      header.entries.back().end = numbers_[1];
    }
    list_.clear();
    return true;
  }
  bool number_unsigned(number_unsigned_t number) override {
    if (list_.empty()) unexpected("a number");
    if (number > (std::uint64_t{1} << 62))
      fail("'" + list_ + "' holds " + std::to_string(number) + ", which is too large");
    if (list_ == "shape" && numbers_.size() == 16) fail("'shape' has more than 16 axes");
    if (list_ == "data_offsets" && numbers_.size() == 2) fail("'data_offsets' are not two numbers");
    numbers_.push_back(static_cast<std::int64_t>(number));
    return true;
  }
  bool number_integer(number_integer_t) override { unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override { unexpected("a fraction"); }
  bool null() override { unexpected("null"); }
  bool boolean(bool) override { unexpected("a boolean"); }
  bool binary(nlohmann::json::binary_t&) override { unexpected("bytes"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    throw DataError(file_ + ": the header is no JSON at byte " +
                    std::to_string(8 + (position == 0 ? 0 : position - 1)));
  }

 private:
  std::string where() const {
    if (depth_ == 0 || key_.empty()) return "header: ";
    return key_ == "__metadata__" ? "header: __metadata__: " : "tensor '" + key_.substr(0, 100) + "': ";
  }
  [[noreturn]] void unexpected(const std::string& what) const {
    fail(what + " stands where " +
         (depth_ == 0                             ? "an object must"
          : depth_ == 1 && key_ == "__metadata__" ? "an object of texts must"
          : depth_ == 1                           ? "an object of dtype, shape and data_offsets must"
          : key_ == "__metadata__"                ? "a text must"
          : !list_.empty()                        ? "a whole number from 0 must"
                                                  : "'" + member_.substr(0, 100) + "' must not have one"));
  }

  std::string file_, key_, member_, list_;
  int depth_ = 0;
  std::set<std::string> names_, given_;
  std::vector<std::int64_t> numbers_;
};

// The bytes that the shape needs; none: more than there can be.
std::optional<std::int64_t> bytes_of(const SafetensorsEntry& entry) {
  std::int64_t bytes = static_cast<std::int64_t>(size_of(entry.dtype));
  for (const std::int64_t extent : entry.extents) {
    if (__builtin_mul_overflow(bytes, extent, &bytes)) return std::nullopt;
  }
  return bytes;
}

}  // namespace

std::string_view safetensors_name(DType dtype) {
  for (const auto& [type, name] : names) {
    if (type == dtype) return name;
  }
  throw Error("[safetensors] the format has no type " + std::string(to_string(dtype)));
}

SafetensorsHeader parse_safetensors_header(std::string_view json, std::int64_t buffer_bytes, const std::string& file) {
  Reader reader(file);
  nlohmann::json::sax_parse(json, &reader);
  SafetensorsHeader& header = reader.header;
  std::stable_sort(header.entries.begin(), header.entries.end(),
                   [](const auto& a, const auto& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
  std::int64_t at = 0;
  for (const SafetensorsEntry& entry : header.entries) {
    const auto fail = [&](const std::string& what) {
      throw DataError(file + ": tensor '" + entry.name.substr(0, 100) + "': " + what);
    };
    const std::string offsets = "data_offsets " + std::to_string(entry.begin) + " to " + std::to_string(entry.end);
    if (entry.end < entry.begin) fail(offsets + " run backwards");
    if (entry.begin < at) fail(offsets + " overlap the tensor before");
    if (entry.begin > at) fail(offsets + " leave a hole behind byte " + std::to_string(at));
    const std::optional<std::int64_t> needed = bytes_of(entry);
    if (needed != entry.end - entry.begin) {
      fail(offsets + ", but its shape " + to_string(entry.extents) + " needs " +
           (needed ? std::to_string(*needed) : "more than 2^63") + " bytes");
    }
    at = entry.end;
  }
  if (at != buffer_bytes) {
    throw DataError(file + ": the tensors need " + std::to_string(at) + " bytes, behind the header stand " +
                    std::to_string(buffer_bytes));
  }
  return std::move(header);
}

}  // namespace backprop
