#include <Eigen/QR>
#include <cmath>

#include "backprop/gradient.hpp"
#include "backprop/minimise.hpp"
#include "train/minimise.hpp"

namespace backprop {
namespace {

using Matrix = Eigen::MatrixXd;
using DenseVector = Eigen::VectorXd;

// Residuals and their Jacobian as functions of one vector.
class Residuals {
 public:
  Residuals(Value residuals, std::span<const TensorView> inputs, const std::shared_ptr<StateStore>& store)
      : parameters_(*residuals.graph, *store),
        inputs_(inputs),
        values_(compile(residuals, options(store))),
        jacobians_(compile_jacobians(residuals, store)) {}

  ParameterVector& parameters() { return parameters_; }
  int evaluations() const { return evaluations_; }

  DenseVector values(const DenseVector& x) {
    ++evaluations_;
    place(x);
    values_.run(inputs_);
    const std::vector<double> r = to_doubles(values_.output());
    return Eigen::Map<const DenseVector>(r.data(), static_cast<Eigen::Index>(r.size()));
  }

  Matrix jacobian(const DenseVector& x, Eigen::Index rows) {
    place(x);
    jacobians_.run(inputs_);
    Matrix all(rows, static_cast<Eigen::Index>(parameters_.size()));
    Eigen::Index column = 0;
    for (std::size_t k = 0; k < parameters_.values().size(); ++k) {
      const std::vector<double> part = to_doubles(jacobians_.output(static_cast<int>(k)));
      const Eigen::Index width = static_cast<Eigen::Index>(part.size()) / std::max<Eigen::Index>(rows, 1);
      using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
      all.middleCols(column, width) = Eigen::Map<const RowMajor>(part.data(), rows, width);
      column += width;
    }
    return all;
  }

 private:
  static CompileOptions options(const std::shared_ptr<StateStore>& store) {
    return {.store = store, .check_finite = false};
  }
  Compiled compile_jacobians(Value residuals, const std::shared_ptr<StateStore>& store) {
    std::vector<Value> outputs;
    for (const Value& parameter : parameters_.values()) outputs.push_back(backprop::jacobian(residuals, parameter));
    return compile(std::move(outputs), options(store));
  }
  void place(const DenseVector& x) { parameters_.write({x.data(), x.data() + x.size()}); }

  ParameterVector parameters_;
  std::span<const TensorView> inputs_;
  Compiled values_, jacobians_;
  int evaluations_ = 0;
};

// min |J s + r|^2 + mu |D s|^2 for several mu: J D^-1 = Q R P' once, then the small problem [R; sqrt(mu) P] each time.
class DampedProblem {
 public:
  DampedProblem(const Matrix& jacobian, const DenseVector& residuals, const DenseVector& scale)
      : scale_(scale), qr_(jacobian * scale.cwiseInverse().asDiagonal()) {
    const Eigen::Index n = jacobian.cols(), rank = std::min(n, jacobian.rows());
    upper_ = Matrix::Zero(n, n);
    upper_.topRows(rank) = qr_.matrixR().topRows(rank).triangularView<Eigen::Upper>();
    const DenseVector rotated = qr_.householderQ().adjoint() * residuals;
    right_ = DenseVector::Zero(n);
    right_.head(rank) = -rotated.head(rank);
  }

  DenseVector step(double mu) const {
    const Eigen::Index n = upper_.cols();
    Matrix stacked = Matrix::Zero(2 * n, n);
    stacked.topRows(n) = upper_;
    stacked.bottomRows(n).diagonal().setConstant(std::sqrt(mu));
    DenseVector right = DenseVector::Zero(2 * n);
    right.head(n) = right_;
    const DenseVector z = Eigen::HouseholderQR<Matrix>(stacked).solve(right);
    return (qr_.colsPermutation() * z).cwiseQuotient(scale_);
  }

 private:
  DenseVector scale_;
  Eigen::ColPivHouseholderQR<Matrix> qr_;
  Matrix upper_;
  DenseVector right_;
};

// The largest cosine between a column of the Jacobian and the residuals: 0 at a minimum.
double largest_cosine(const Matrix& jacobian, const DenseVector& residuals) {
  const double norm = residuals.norm();
  double largest = 0;
  for (Eigen::Index j = 0; j < jacobian.cols(); ++j) {
    const double length = jacobian.col(j).norm() * norm;
    if (length > 0) largest = std::max(largest, std::abs(jacobian.col(j).dot(residuals)) / length);
  }
  return largest;
}

}  // namespace

Minimised least_squares(Value residuals, std::span<const TensorView> inputs, const std::shared_ptr<StateStore>& store,
                        const LevenbergMarquardt& method) {
  Residuals problem(residuals, inputs, store);
  const std::vector<double> start = problem.parameters().read();
  DenseVector x = Eigen::Map<const DenseVector>(start.data(), static_cast<Eigen::Index>(start.size()));
  DenseVector r = problem.values(x);
  if (!r.allFinite()) throw DivergedError("[least_squares] the residuals are not finite at the start");
  Matrix jacobian = problem.jacobian(x, r.size());
  DenseVector scale = DenseVector::Zero(x.size());
  double mu = method.damping, growth = 2;
  Minimised result;
  const auto finish = [&](bool converged, const char* reason) {
    problem.parameters().write({x.data(), x.data() + x.size()});
    result.loss = r.squaredNorm() / 2;
    result.evaluations = problem.evaluations();
    result.converged = converged;
    result.reason = reason;
    return result;
  };

  while (true) {
    if (!jacobian.allFinite()) return finish(false, "the Jacobian is not finite");
    double cosine = largest_cosine(jacobian, r);
    if (cosine <= method.gradient_tolerance) return finish(true, "the gradient is small");
    for (Eigen::Index j = 0; j < x.size(); ++j) {
      scale[j] = std::max(scale[j], jacobian.col(j).norm());
      if (scale[j] == 0) scale[j] = 1;  // a parameter without effect so far
    }
    const DampedProblem damped(jacobian, r, scale);
    while (true) {
      if (result.iterations >= method.max_iterations) return finish(false, "the number of iterations is reached");
      const DenseVector step = damped.step(mu);
      const double length = scale.cwiseProduct(step).norm(), reach = scale.cwiseProduct(x).norm();
      if (!(length > method.step_tolerance * reach)) return finish(true, "the steps are small");
      const DenseVector candidate = x + step;
      const DenseVector next = problem.values(candidate);
      ++result.iterations;
      const double loss = r.squaredNorm() / 2;
      const double expected = (jacobian * step).squaredNorm() / 2 + mu * length * length;
      const double gain = loss - next.squaredNorm() / 2;
      bool better = next.allFinite() && gain > 0;
      Matrix next_jacobian;
      // A gain that is lost in the rounding of the sum says nothing; the gradient still does.
      if (next.allFinite() && expected <= 1e-13 * loss) {
        next_jacobian = problem.jacobian(candidate, r.size());
        better = next_jacobian.allFinite() && largest_cosine(next_jacobian, next) < cosine;
        if (!better) return finish(true, "the loss no longer changes");
        mu /= 3;
      } else if (better) {
        mu *= std::max(1.0 / 3, 1 - std::pow(2 * gain / expected - 1, 3));
        next_jacobian = problem.jacobian(candidate, r.size());
      }
      if (better) {
        growth = 2;
        x = candidate;
        r = next;
        jacobian = std::move(next_jacobian);
        break;
      }
      mu *= growth;
      growth *= 2;
      if (!std::isfinite(mu)) return finish(false, "no lower loss is found");
    }
  }
}

}  // namespace backprop
