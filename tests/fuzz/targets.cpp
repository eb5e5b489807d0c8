// The targets. To add one, write its file and name it here.
#include <array>

#include "target.hpp"

namespace backprop::fuzz {

extern const Target arff_target, csv_target, fann_target, idx_target, npy_target, npz_target, onnx_target;

std::span<const Target> targets() {
  static const std::array<Target, 7> all = {arff_target, csv_target, fann_target, idx_target,
                                            npy_target,  npz_target, onnx_target};
  return all;
}

}  // namespace backprop::fuzz
