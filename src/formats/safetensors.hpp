// safetensors files: 8 bytes with the header's length (little-endian, at most 100 MB), the header as JSON, then the
// tensors' bytes without a hole (https://github.com/huggingface/safetensors). Thread safety: pure functions.
#pragma once
#include <map>
#include <span>
#include <string>

#include "backprop/tensor.hpp"

namespace backprop {

struct Safetensors {
  std::map<std::string, std::string> metadata;
  std::map<std::string, Tensor> tensors;
};

struct NamedTensor {
  std::string name;
  TensorView tensor;
};

// Written whole or not at all, as by write_file(). Throws Error naming path and reason.
void write_safetensors(const std::string& path, const std::map<std::string, std::string>& metadata,
                       std::span<const NamedTensor> tensors);
// Throws DataError naming the file and the place in it: for types that backprop does not have, too.
Safetensors read_safetensors(const std::string& path);

}  // namespace backprop
