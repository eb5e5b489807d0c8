#include "data/readers/open.hpp"

#include <algorithm>
#include <filesystem>

#include "backprop/error.hpp"
#include "base/lower.hpp"
#include "data/readers/format.hpp"
#include "data/readers/side_by_side.hpp"

namespace backprop::data {
namespace {

constexpr std::size_t head_bytes = std::size_t{1} << 16;

std::string names_of_formats() {
  std::string names;
  for (const Format& format : formats()) names += (names.empty() ? "" : ", ") + std::string(format.name);
  return names;
}

std::unique_ptr<RowReader> open_one(const Source& source, std::unique_ptr<ByteSource> bytes = nullptr) {
  Opening opening(source, std::move(bytes));
  for (const Format& format : formats()) {
    if (source.format.empty() ? format.recognise(opening) : format.name == source.format) return format.open(opening);
  }
  throw UsageError("--format " + source.format + ": is none of " + names_of_formats());
}

}  // namespace

Opening::Opening(const Source& wanted, std::unique_ptr<ByteSource> bytes) : source_(wanted), bytes_(std::move(bytes)) {}

bool Opening::has_extension(std::string_view extension) const {
  const std::string path = lower(source_.path);
  return path.ends_with(extension) || path.ends_with(std::string(extension) + ".gz");
}

std::string_view Opening::head() {
  if (!looked_) {
    looked_ = true;
    if (!bytes_) bytes_ = open_file(source_.path);
    head_.resize(head_bytes);
    head_.resize(bytes_->read(head_));
    bytes_ = put_back(head_, std::move(bytes_));
  }
  return head_;
}

std::unique_ptr<ByteSource> Opening::take_bytes() {
  head();
  return std::move(bytes_);
}

std::unique_ptr<RowReader> open_rows(const Source& source) {
  std::unique_ptr<RowReader> rows = open_one(source);
  if (source.labels.empty()) return rows;
  Source labels;
  labels.path = source.labels;
  labels.text = source.text;
  std::vector<Side> sides(2);
  sides[0] = {source.path, std::move(rows), {}};
  sides[1] = {source.labels, open_one(labels), "label"};
  return side_by_side(std::move(sides));
}

std::unique_ptr<RowReader> open_rows(const Source& source, std::unique_ptr<ByteSource> bytes) {
  return open_one(source, std::move(bytes));
}

std::string short_name(const Source& source) {
  if (source.path == "-") return "stdin";
  std::string path = source.path.substr(0, source.path.find('?'));
  for (const std::string_view scheme : {"sqlite:", "postgresql:", "postgres:"}) {
    if (path.starts_with(scheme)) path.erase(0, scheme.size());
  }
  std::filesystem::path file = std::filesystem::path(path).filename();
  if (lower(file.extension().string()) == ".gz") file = file.stem();
  std::string name = file.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ':' || c == '@' || static_cast<unsigned char>(c) < 33; }, '-');
  return name.empty() ? "table" : name;
}

}  // namespace backprop::data
