// What a cross-validation has measured so far: each fold, and mean and spread. Thread safety: used by the main thread
// only.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "cli/measures_text.hpp"

namespace backprop::cli {

class FoldResults {
 public:
  explicit FoldResults(ModelInfo info) : info_(std::move(info)) {}
  // Both numbers from 0.
  void add(int repeat, int fold, const Measured& measured, std::size_t training_rows);
  std::size_t size() const { return folds_.size(); }

  // {"task", "folds": [...], "mean": {...}, "standard_deviation": {...}}: the sample deviation over the folds of all
  // repeats. A measure that is not defined in some fold is the mean of the others.
  nlohmann::ordered_json to_json() const;
  // A line for each of the most telling measures.
  std::string to_text() const;
  // "accuracy 0.967"
  std::string headline() const;

 private:
  // Mean and sample standard deviation of a measure, NaN for none.
  struct Spread {
    double mean, deviation;
    std::size_t folds;
  };
  Spread spread(const std::string& measure) const;

  ModelInfo info_;
  std::vector<nlohmann::ordered_json> folds_;
};

}  // namespace backprop::cli
