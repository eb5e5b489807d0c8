// How good the weights are on rows that they have not learned from: validation examples, or the parts of the training
// examples that each member left out. Thread safety: one thread at a time.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "train/predictor.hpp"
#include "train/subject.hpp"

namespace backprop {

class Judge {
 public:
  // Judges the validation examples where there are some, otherwise the training examples if `parts` says which member
  // left which out; else nothing. These and the subject must outlive it. `states` are read anew each time.
  Judge(std::span<const Network> members, const Subject& subject, const Examples& train, const Examples& validation,
        std::span<const std::uint32_t> parts, const std::shared_ptr<StateStore>& states,
        const std::shared_ptr<Device>& device);

  bool has_rows() const { return rows_.rows() > 0; }
  // The loss over the rows; NaN without any.
  double loss();
  // What loss() predicted, [rows, outputs].
  const std::vector<float>& predictions() const { return predictions_; }

 private:
  // What predicts the rows of a part, and those that wait until there are enough of them: each number of rows has a plan
  // of its own.
  struct OfPart {
    Predictor predictor;
    std::vector<std::size_t> numbers;
    std::vector<float> inputs;
  };
  void predict(std::size_t at_least);  // of each part, until fewer rows wait
  void predict(OfPart& part);

  Examples rows_;
  const Subject& subject_;
  std::shared_ptr<Device> device_;
  std::span<const std::uint32_t> parts_;  // of each row; empty: all are of one
  std::vector<OfPart> predictors_;
  std::vector<float> block_;  // of rows, as they are read
  std::vector<float> predictions_;
};

}  // namespace backprop
