#include "formats/safetensors.hpp"

#include "backprop/error.hpp"
#include "in_file.hpp"

namespace backprop::fuzz {

extern const Target safetensors_target;
const Target safetensors_target = {"safetensors", [](std::span<const char> bytes) {
                                     const InFile file(bytes);
                                     try {
                                       std::size_t held = 0;
                                       for (const auto& [name, tensor] : read_safetensors(file.path()).tensors) {
                                         held += tensor.bytes();
                                       }
                                       require(held <= bytes.size(), "tensors are no larger than their file");
                                     } catch (const DataError& error) {
                                       require_line(error);
                                     }
                                   }};

}  // namespace backprop::fuzz
