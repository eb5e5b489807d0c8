// One network for numbers by Levenberg-Marquardt under a prior on its weights. Thread safety: one thread at a time.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "backprop/compile.hpp"
#include "backprop/fit.hpp"
#include "backprop/network.hpp"

namespace backprop {

// Minimises beta/2 sum e^2 + alpha/2 |w|^2 in float64. alpha and beta follow the evidence, so that no rows need be held
// back to choose a decay: MacKay, "Bayesian Interpolation", 1992; with Levenberg-Marquardt: Foresee and Hagan,
// "Gauss-Newton Approximation to Bayesian Learning", 1997.
class BayesianLeastSquares {
 public:
  // Of dense layers only, to one number a row. `inputs` [rows, features] and `targets` [rows, 1] are float64. Throws
  // Error for other layers or outputs, DivergedError when the loss is not finite at the start.
  BayesianLeastSquares(const Network& network, Tensor inputs, Tensor targets, std::uint64_t seed);
  ~BayesianLeastSquares();
  BayesianLeastSquares(BayesianLeastSquares&&) noexcept;

  // One step that lowers what is minimised; does nothing once steps gain no more.
  void step();
  bool converged() const;
  double loss() const;  // mean squared error
  // Of its gradient, with respect to each layer, where the last step began.
  std::vector<LayerNorm> gradient_norms() const;
  std::vector<double> weights() const;
  std::vector<double> predict(const Tensor& inputs);  // float64 [rows, features]
  Report report() const;                              // of what a step is computed from

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

}  // namespace backprop
