// Rows of a table with what is known of their target, as training and measuring want them. Thread safety: value types.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "backprop/fit.hpp"
#include "data/standardise.hpp"
#include "data/target.hpp"

namespace backprop::cli {

struct LabelledRows {
  data::Matrix inputs;
  std::vector<std::int64_t> labels;
  std::vector<double> values;

  Examples examples() const { return {inputs.values, labels, values}; }
};

LabelledRows select_rows(const data::Matrix& inputs, const data::Target& target, std::span<const std::uint32_t> rows);

// A table with the columns that a model was trained on, its target included, in any order. Throws DataError.
LabelledRows read_labelled(const data::Table& table, const ModelInfo& info);

// All zero when there are no rows.
Measures measure(const Model& model, const LabelledRows& rows);

}  // namespace backprop::cli
