// The weights that predictions are made with, and those of the best epoch. Thread safety: one thread at a time.
#pragma once
#include <memory>
#include <vector>

#include "backprop/fit.hpp"

namespace backprop {

// The states that predictions are made with: averages where there are some, parameters where not, in a store of their
// own; and those of the best epoch.
class Best {
 public:
  Best(std::vector<StateSpec> specs, StateStore& trained);
  // Takes the states over from training.
  void update();
  // Keeps the states if the epoch's loss is the lowest so far, and tells the epoch which one that is.
  void observe(Epoch& epoch);
  int number() const { return number_; }  // of the best epoch, 0 before the first
  double loss() const { return loss_; }   // of the best epoch
  const std::shared_ptr<StateStore>& current() const { return current_; }
  const StateStore& states() const { return best_; }
  // Goes on from a checkpoint, whose states stand in `states()` by then.
  StateStore& restore(int number, double loss);

 private:
  void keep();

  std::vector<StateSpec> specs_;
  StateStore& trained_;
  std::shared_ptr<StateStore> current_ = std::make_shared<StateStore>();
  StateStore best_;
  double loss_ = 0;
  int number_ = 0;
};

}  // namespace backprop
