// Models of the raw columns of a table. Thread safety: as for Model.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "backprop/model.hpp"
#include "data/preprocessing.hpp"

namespace backprop {

// `network`, a model of the features that `preprocessing` gives, as a model of the raw columns. Predictions are the same
// to the bit.
Model with_preprocessing(const data::Preprocessing& preprocessing, const Model& network);

// A model's predictions for tables.
class TablePredictor {
 public:
  // Throws DataError when the model's description of its preprocessing is malformed or does not fit its inputs.
  explicit TablePredictor(Model model);

  const Model& model() const { return model_; }
  // Of models of raw columns; nothing in it for others, which take numbers as they are.
  const data::Preprocessing& preprocessing() const { return preprocessing_; }
  // [rows, outputs]. Columns are found by name, in any order. Throws DataError for a missing one, or a cell that is not
  // of its type.
  std::vector<float> predict(const data::Table& table, std::span<const std::uint32_t> rows) const;

 private:
  Model model_;
  data::Preprocessing preprocessing_;
  std::shared_ptr<const data::RawColumns> columns_;
};

}  // namespace backprop
