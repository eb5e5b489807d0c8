// Where predictions go, block after block: CSV on the standard output, or a new table of the database that the rows came
// from. Thread safety: used by the main thread only.
#pragma once
#include <memory>
#include <span>
#include <string>

#include "backprop/model.hpp"
#include "data/readers/open.hpp"
#include "data/table.hpp"

namespace backprop::cli {

class PredictionOutput {
 public:
  virtual ~PredictionOutput() = default;
  // `predictions` is what the model gives for the rows of `table`.
  virtual void add(const data::Table& table, std::span<const float> predictions) = 0;
  virtual void finish() = 0;
};

// `into` is the name of a table in the database of `source`, which also gets the columns that the model does not use;
// empty for CSV.
std::unique_ptr<PredictionOutput> open_output(const Model& model, const data::Source& source, const std::string& into);

}  // namespace backprop::cli
