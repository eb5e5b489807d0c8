#include "formats/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "backprop/error.hpp"
#include "formats/file.hpp"
#include "formats/safetensors_header.hpp"

namespace backprop {

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

namespace {

constexpr std::size_t length_bytes = 8;
constexpr std::uint64_t longest_header = 100'000'000;
constexpr std::int64_t largest_file = std::int64_t{1} << 40;

}  // namespace

void write_safetensors(const std::string& path, const std::map<std::string, std::string>& metadata,
                       std::span<const NamedTensor> tensors) {
  // Wide elements first, so that every tensor lies aligned.
  std::vector<const NamedTensor*> order;
  for (const NamedTensor& tensor : tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](const NamedTensor* a, const NamedTensor* b) {
    return size_of(a->tensor.dtype) > size_of(b->tensor.dtype);
  });
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t offset = 0;
  std::vector<std::string_view> parts(2);
  for (const NamedTensor* tensor : order) {
    const TensorView& view = tensor->tensor;
    const std::size_t bytes = static_cast<std::size_t>(view.size()) * size_of(view.dtype);
    if (header.contains(tensor->name)) throw Error("[safetensors] two tensors are called '" + tensor->name + "'");
    header[tensor->name] = {
        {"dtype", safetensors_name(view.dtype)}, {"shape", view.extents}, {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
    parts.emplace_back(static_cast<const char*>(view.data), bytes);
  }
  std::string json = header.dump();
  json.resize((json.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = json.size();
  parts[0] = {reinterpret_cast<const char*>(&length), length_bytes};
  parts[1] = json;
  write_file(path, parts);
}

Safetensors read_safetensors(const std::string& path) {
  const std::string bytes = read_file(path, largest_file);
  std::uint64_t length = 0;
  if (bytes.size() < length_bytes) throw DataError(path + ": is no safetensors file: has fewer than 8 bytes");
  std::memcpy(&length, bytes.data(), length_bytes);
  if (length > longest_header) {
    throw DataError(path + ": is no safetensors file: a header of " + std::to_string(length) +
                    " bytes, 100000000 are the most");
  }
  if (length > bytes.size() - length_bytes) {
    throw DataError(path + ": the file ends within its header: " + std::to_string(bytes.size() - length_bytes) +
                    " of " + std::to_string(length) + " bytes are there");
  }
  const char* const buffer = bytes.data() + length_bytes + length;
  SafetensorsHeader header = parse_safetensors_header(
      {bytes.data() + length_bytes, length}, static_cast<std::int64_t>(bytes.size() - length_bytes - length), path);
  Safetensors file{std::move(header.metadata), {}};
  for (const SafetensorsEntry& entry : header.entries) {
    Tensor tensor(entry.dtype, entry.extents);
    if (tensor.bytes() > 0) std::memcpy(tensor.data(), buffer + entry.begin, tensor.bytes());
    if (entry.dtype == DType::boolean) {
      const auto* at = reinterpret_cast<const unsigned char*>(buffer + entry.begin);
      if (std::any_of(at, at + tensor.bytes(), [](unsigned char b) { return b > 1; })) {
        throw DataError(path + ": tensor '" + entry.name + "': a boolean is neither 0 nor 1");
      }
    }
    file.tensors.emplace(entry.name, std::move(tensor));
  }
  return file;
}

}  // namespace backprop
