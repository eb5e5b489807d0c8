#include "formats/onnx.hpp"

#include "backprop/error.hpp"
#include "target.hpp"

namespace backprop::fuzz {

extern const Target onnx_target;
const Target onnx_target = {"onnx", [](std::span<const char> bytes) {
                              try {
                                read_onnx({bytes.data(), bytes.size()}, "fuzz").graph.verify();
                              } catch (const DataError& error) {
                                require_line(error);
                              }
                            }};

}  // namespace backprop::fuzz
