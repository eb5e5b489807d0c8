// Columns of numbers with mean 0 and standard deviation 1, fitted on some rows and applied to any.
// Thread safety: value types; reading from many threads is safe.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace backprop::data {

// Mean and population standard deviation of the values as float32 holds them, since that is what a model is given.
struct Scale {
  float mean = 0.0f;
  float deviation = 1.0f;
  // Computed as the model file's Sub and Div nodes do, in float32: what is trained on is what is served.
  float apply(double value) const { return (static_cast<float>(value) - mean) / deviation; }
};

// In float64, in two passes. The deviation is 0 for a constant, or when it is too small for a normal float32.
Scale fit_scale(std::span<const double> values, std::span<const std::uint32_t> rows);

// The scale of each column of [rows, columns], row-major, over all rows.
std::vector<Scale> fit_scales(std::span<const float> values, std::size_t columns);

// Standardises [rows, columns] in place; a constant column only has its mean taken away.
void standardise(std::span<float> values, std::span<const Scale> scales);

// A matrix [rows, columns] of float32, row-major.
struct Matrix {
  std::size_t rows = 0, columns = 0;
  std::vector<float> values;
};

}  // namespace backprop::data
