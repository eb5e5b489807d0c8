// What a model says of itself, as the metadata of an ONNX file. Thread safety: pure functions.
#pragma once
#include <map>
#include <string>

#include "backprop/model.hpp"

namespace backprop {

std::map<std::string, std::string> write_metadata(const ModelInfo& info);
// The inverse; throws DataError with the file's name when something is missing.
ModelInfo read_metadata(const std::map<std::string, std::string>& metadata, const std::string& file);
// The output's name in the file: probabilities or prediction.
std::string output_name(Task task);
// "Predicts the class 'species' from 4 columns."
std::string describe(const ModelInfo& info);

}  // namespace backprop
