#include "train/best.hpp"

#include <cmath>
#include <cstring>
#include <string>
#include <utility>

namespace backprop {

Best::Best(std::vector<StateSpec> specs, StateStore& trained) : specs_(std::move(specs)), trained_(trained) {
  for (const StateSpec& spec : specs_) trained_.require(spec);
  update();
  keep();
}

void Best::update() {
  for (const StateSpec& spec : specs_) {
    const std::string average = spec.name + ".average";
    const Tensor& from = trained_[trained_.contains(average) ? average : spec.name];
    Tensor& to = current_->require(spec).tensor;  // copied in place: plans know the address
    std::memcpy(to.data(), from.data(), from.bytes());
  }
}

void Best::observe(Epoch& epoch) {
  const double loss = std::isnan(epoch.validation_loss) ? epoch.loss : epoch.validation_loss;
  if (number_ == 0 || loss < loss_) {
    loss_ = loss;
    number_ = epoch.number;
    keep();
  }
  epoch.best = number_;
  epoch.best_loss = loss_;
}

StateStore& Best::restore(int number, double loss) {
  number_ = number;
  loss_ = loss;
  return best_;
}

void Best::keep() {
  for (const StateSpec& spec : specs_) {
    const Tensor& from = (*current_)[spec.name];
    std::memcpy(best_.require(spec).tensor.data(), from.data(), from.bytes());
  }
}

}  // namespace backprop
