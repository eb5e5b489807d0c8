// Drivers that minimise a loss over all examples at once: L-BFGS for any loss, Levenberg-Marquardt for least squares.
// Both compile the loss and its derivatives once, then move the parameters in the store; the parameters are the states
// of that role in the loss's graph. Thread safety: as for Compiled.
#pragma once
#include <memory>
#include <span>
#include <string>

#include "backprop/compile.hpp"

namespace backprop {

struct Minimised {
  double loss = 0;      // at the parameters that are now in the store
  int iterations = 0;   // accepted steps
  int evaluations = 0;  // of the loss, or the residuals
  bool converged = false;
  std::string reason;  // "the gradient is small", ...
};

enum class LineSearch : std::uint8_t { strong_wolfe, none };

// Nocedal and Wright, Numerical Optimization, 2nd edition, algorithms 7.4 and 7.5. Without a line search every step is
// learning_rate times the direction (the first: at most of length learning_rate in the 1-norm), as in PyTorch.
struct Lbfgs {
  int max_iterations = 200;
  int history = 10;  // pairs of step and gradient change that the curvature is taken from
  LineSearch line_search = LineSearch::strong_wolfe;
  double learning_rate = 1;          // of steps without a line search; the first length tried with one
  double gradient_tolerance = 1e-7;  // converged when no entry of the gradient is larger
  double change_tolerance = 1e-14;   // converged when a step changes the loss by less, relatively
};
// Appends the gradient to the loss's graph. A loss that is not finite counts as too large. Throws Error when the loss
// is no floating scalar, the graph has no parameters, or the loss is not finite at the start (DivergedError).
Minimised minimise(Value loss, std::span<const TensorView> inputs, const std::shared_ptr<StateStore>& store,
                   const Lbfgs& method = {});

// Least squares, 1/2 sum r^2 of residuals r of any shape, by damped Gauss-Newton steps: each solves
// min |J s + r|^2 + mu |D s|^2 by QR, D the largest norms that the Jacobian's columns have had (More 1978), mu by
// Nielsen's rule (Madsen, Nielsen and Tingleff 2004, algorithm 3.16). Use float64.
struct LevenbergMarquardt {
  int max_iterations = 1000;
  double damping = 1e-3;              // mu at the start
  double gradient_tolerance = 1e-14;  // converged when every column's cosine with the residuals is at most this
  double step_tolerance = 1e-13;      // converged when |D s| is at most this times |D x|
};
// Appends the Jacobian to the residuals' graph, which grows with the number of parameters. Throws as minimise() does.
Minimised least_squares(Value residuals, std::span<const TensorView> inputs, const std::shared_ptr<StateStore>& store,
                        const LevenbergMarquardt& method = {});

}  // namespace backprop
