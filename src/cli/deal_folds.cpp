#include "cli/deal_folds.hpp"

namespace backprop::cli {

std::vector<data::Fold> deal_folds(const LearningTable& learning, std::span<const std::uint32_t> rows,
                                   std::size_t count, std::uint64_t seed, std::uint64_t repeat) {
  const bool classes = learning.target.task == Task::classification;
  const auto fold_of_row = classes
                               ? data::deal_classes(select_answers(learning.target, rows).labels, count, seed, repeat)
                               : data::deal_rows(rows.size(), count, seed, repeat);
  return with_rows(data::folds_of(fold_of_row), rows);
}

std::vector<data::Fold> with_rows(std::vector<data::Fold> folds, std::span<const std::uint32_t> rows) {
  for (data::Fold& fold : folds) {
    for (auto* part : {&fold.train, &fold.test}) {
      for (std::uint32_t& row : *part) row = rows[row];
    }
  }
  return folds;
}

}  // namespace backprop::cli
