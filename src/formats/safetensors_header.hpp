// The header of a safetensors file, taken apart and checked. Thread safety: pure functions.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "backprop/tensor.hpp"

namespace backprop {

struct SafetensorsEntry {
  std::string name;
  DType dtype = DType::float32;
  Extents extents;
  std::int64_t begin = 0, end = 0;  // bytes of the buffer behind the header
};

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::vector<SafetensorsEntry> entries;  // in the order of their bytes, which they fill
};

std::string_view safetensors_name(DType dtype);  // "F32"; throws Error for what the format does not have
// Throws DataError `FILE: what` unless the entries fill `buffer_bytes` without hole or overlap.
SafetensorsHeader parse_safetensors_header(std::string_view json, std::int64_t buffer_bytes, const std::string& file);

}  // namespace backprop
