// Permutation importance (Breiman 2001; Fisher, Rudin and Dominici 2019): how much worse a model gets when the cells of
// one column are dealt out anew among the rows, so that they say nothing of the row they stand in.
// Thread safety: pure functions.
#pragma once
#include <string>
#include <vector>

#include "backprop/device.hpp"
#include "backprop/model.hpp"
#include "cli/labelled_rows.hpp"
#include "data/preprocessing.hpp"

namespace backprop::cli {

struct ColumnImportance {
  std::string column;
  double rise = 0;       // of the error: mean over the permutations
  double deviation = 0;  // of one permutation's
};

struct Importance {
  std::string measure;  // "accuracy", of which `rise` is the drop, or "rmse"
  std::size_t rows = 0;
  int permutations = 0;
  std::vector<ColumnImportance> columns = {};  // the most important first; none where it would take too long
};

// `rows` are features that `preprocessing` gave, of which a sample is taken; a pure function of its arguments, the
// device apart.
Importance permutation_importance(const Model& network, const data::Preprocessing& preprocessing,
                                  const LabelledRows& rows, std::uint64_t seed, const Device& device);

}  // namespace backprop::cli
