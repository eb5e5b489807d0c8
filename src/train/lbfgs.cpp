#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>

#include "backprop/gradient.hpp"
#include "backprop/minimise.hpp"
#include "train/line_search.hpp"
#include "train/minimise.hpp"

namespace backprop {
namespace {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }
void add_scaled(Vector& to, double factor, const Vector& x) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += factor * x[i];
}
double largest_entry(const Vector& x) {
  double largest = 0;
  for (const double v : x) largest = std::max(largest, std::abs(v));
  return largest;
}

// The loss as a function of one vector.
class Objective {
 public:
  Objective(Value loss, std::span<const TensorView> inputs, const std::shared_ptr<StateStore>& store)
      : parameters_(*loss.graph, *store), inputs_(inputs), compiled_(compile_all(loss, store)) {}

  ParameterVector& parameters() { return parameters_; }
  int evaluations() const { return evaluations_; }

  double evaluate(const Vector& x, Vector& gradient) {
    ++evaluations_;
    parameters_.write(x);
    compiled_.run(inputs_);
    gradient.clear();
    for (std::size_t k = 0; k < parameters_.values().size(); ++k) {
      const Vector part = to_doubles(compiled_.output(static_cast<int>(k) + 1));
      gradient.insert(gradient.end(), part.begin(), part.end());
    }
    return compiled_.scalar(0);
  }

 private:
  Compiled compile_all(Value loss, const std::shared_ptr<StateStore>& store) {
    std::vector<Value> outputs = {loss};
    for (const Value& g : gradient(loss, parameters_.values())) outputs.push_back(g);
    return compile(std::move(outputs), {.store = store, .check_finite = false});
  }

  ParameterVector parameters_;
  std::span<const TensorView> inputs_;
  Compiled compiled_;
  int evaluations_ = 0;
};

// The latest pairs of step s and gradient change y, and -H g by the two loops of algorithm 7.4.
class InverseHessian {
 public:
  explicit InverseHessian(int history) : history_(static_cast<std::size_t>(std::max(history, 1))) {}

  void add(Vector step, Vector change) {
    const double product = dot(step, change);
    if (!(product > 1e-10)) return;  // no curvature that a minimum could have
    scale_ = product / dot(change, change);
    if (pairs_.size() == history_) pairs_.pop_front();
    pairs_.push_back({std::move(step), std::move(change), 1 / product});
  }
  void forget() {
    pairs_.clear();
    scale_ = 1;
  }
  bool empty() const { return pairs_.empty(); }

  Vector direction(const Vector& gradient) const {
    Vector q = gradient, alpha(pairs_.size());
    for (double& v : q) v = -v;
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      alpha[i] = dot(pairs_[i].step, q) * pairs_[i].inverse;
      add_scaled(q, -alpha[i], pairs_[i].change);
    }
    for (double& v : q) v *= scale_;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      add_scaled(q, alpha[i] - dot(pairs_[i].change, q) * pairs_[i].inverse, pairs_[i].step);
    }
    return q;
  }

 private:
  struct Pair {
    Vector step, change;
    double inverse;  // 1 / (step . change)
  };
  std::size_t history_;
  std::deque<Pair> pairs_;
  double scale_ = 1;
};

}  // namespace

Minimised minimise(Value loss, std::span<const TensorView> inputs, const std::shared_ptr<StateStore>& store,
                   const Lbfgs& method) {
  Objective objective(loss, inputs, store);
  Vector x = objective.parameters().read(), gradient, next_gradient, next;
  Minimised result;
  result.loss = objective.evaluate(x, gradient);
  if (!std::isfinite(result.loss)) throw DivergedError("[minimise] the loss is not finite at the start");
  const auto finish = [&](bool converged, const char* reason) {
    objective.parameters().write(x);
    result.evaluations = objective.evaluations();
    result.converged = converged;
    result.reason = reason;
    return result;
  };

  InverseHessian hessian(method.history);
  const bool searches = method.line_search == LineSearch::strong_wolfe;
  while (true) {
    if (largest_entry(gradient) <= method.gradient_tolerance) return finish(true, "the gradient is small");
    if (result.iterations >= method.max_iterations) return finish(false, "the number of iterations is reached");
    Vector direction = hessian.direction(gradient);
    double slope = dot(direction, gradient);
    if (!(slope < 0)) return finish(false, "no direction goes down");
    double length = method.learning_rate;
    if (result.iterations == 0 || (searches && hessian.empty())) {
      double norm = 0;
      for (const double g : gradient) norm += std::abs(g);
      length *= std::min(1.0, 1 / norm);
    }
    double last_length = 0;
    const auto evaluate = [&](double t) {
      last_length = t;
      next = x;
      add_scaled(next, t, direction);
      const double value = objective.evaluate(next, next_gradient);
      return LinePoint{t, value, dot(next_gradient, direction)};
    };
    LinePoint point;
    if (searches) {
      const LinePoint best = strong_wolfe(evaluate, {0, result.loss, slope}, length);
      if (best.length == 0) {
        const bool rounding = -slope <= 1e-13 * std::abs(result.loss);  // what could be gained is lost in the loss
        if (rounding) return finish(true, "the loss no longer changes");
        if (hessian.empty()) return finish(false, "no lower loss is found along the gradient");
        hessian.forget();  // the curvature may be stale: once more, straight down
        continue;
      }
      point = best.length == last_length ? best : evaluate(best.length);
    } else {
      point = evaluate(length);
      if (!std::isfinite(point.loss)) return finish(false, "the loss is not finite");
    }
    Vector step = direction, change = next_gradient;
    for (double& v : step) v *= point.length;
    add_scaled(change, -1, gradient);
    hessian.add(std::move(step), std::move(change));
    const double gain = result.loss - point.loss;
    x = next;
    gradient = next_gradient;
    result.loss = point.loss;
    ++result.iterations;
    if (searches && gain <= method.change_tolerance * std::abs(result.loss) &&
        largest_entry(gradient) > method.gradient_tolerance) {
      return finish(true, "the loss no longer changes");
    }
  }
}

}  // namespace backprop
