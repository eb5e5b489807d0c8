// The targets. To add one, write its file and name it here.
#include <array>

#include "target.hpp"

namespace backprop::fuzz {

extern const Target arff_target, checkpoint_target, csv_target, fann_target, idx_target, npy_target, npz_target,
    onnx_target, preprocessing_target, safetensors_target, toml_target;

std::span<const Target> targets() {
  static const std::array all = {arff_target,          checkpoint_target,  csv_target, fann_target,
                                 idx_target,           npy_target,         npz_target, onnx_target,
                                 preprocessing_target, safetensors_target, toml_target};
  return all;
}

}  // namespace backprop::fuzz
