// Arrays and element types between ONNX's messages and ours. Thread safety: no state.
#pragma once
#include <optional>
#include <string>

#include "backprop/tensor.hpp"

namespace backprop_onnx {
class TensorProto;
}

namespace backprop {

// The axes that a file may give a tensor.
inline constexpr int maximum_onnx_rank = 32;

// ONNX's number for an element type.
int onnx_dtype(DType dtype);
// The inverse; throws Error naming the type when it is none of ours.
DType parse_onnx_dtype(int number);
// Throws Error when type, extents and data do not fit each other, or the data stand in another file.
Tensor read_tensor(const backprop_onnx::TensorProto& proto);
void write_tensor(const Tensor& tensor, const std::string& name, backprop_onnx::TensorProto& proto);
// A TensorProto message, as in ONNX's test data. Throws DataError.
Tensor parse_tensor(std::string_view bytes, const std::string& name);
// Text of a file as it may stand in an error message: one short line of printable ASCII.
std::string printable(std::string_view text, std::size_t limit = 80);

}  // namespace backprop
