// Columns of numbers with mean 0 and standard deviation 1, fitted on some rows and applied to any.
// Thread safety: value types; reading from many threads is safe.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/table.hpp"

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

// The names of the columns to learn from. Those that are text, or constant over the `train` rows, are left out, each
// with a sentence in `warnings`; so is the target. Throws DataError for missing cells, text among numbers, or when no
// column is left.
std::vector<std::string> choose_features(const Table& table, std::size_t target, std::span<const std::uint32_t> train,
                                         std::vector<std::string>& warnings);

// The column of a table for a model that was trained on numbers there. Throws DataError naming a cell that is none.
std::vector<double> read_numbers(const Table& table, std::size_t column);

// The named columns of every row as numbers, found in any order: the input of a model. Throws DataError for a column
// that the table does not have or that is text there.
Matrix read_features(const Table& table, const std::vector<std::string>& names);

// Some rows of a matrix.
Matrix select_rows(const Matrix& matrix, std::span<const std::uint32_t> rows);

}  // namespace backprop::data
