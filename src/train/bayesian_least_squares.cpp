#include "train/bayesian_least_squares.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "backprop/device.hpp"
#include "backprop/error.hpp"
#include "backprop/operations.hpp"
#include "train/gradient_norms.hpp"
#include "train/inverse_cholesky.hpp"
#include "train/minimise.hpp"
#include "train/row_jacobian.hpp"

namespace backprop {

struct BayesianLeastSquares::Body {
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Vector = Eigen::VectorXd;

  Tensor inputs, targets;
  std::shared_ptr<StateStore> store;
  std::unique_ptr<ParameterVector> parameters;
  std::unique_ptr<Compiled> outputs;  // y
  std::unique_ptr<Compiled> normal;   // J'J and J'e
  std::unique_ptr<InverseCholesky> inverse;
  Matrix curvature, factor;  // kept, so that no step asks for memory
  Vector w;
  double squares = 0;  // sum e^2
  double alpha = 0.01, beta = 1;
  double mu = 0.05;         // damping
  int steps = 0, idle = 0;  // accepted; of them the last ones that gained next to nothing

  static constexpr double largest_mu = 1e10, smallest_mu = 1e-9, least_gain = 1e-5;
  static constexpr int most_idle = 6;

  Body(const Network& network, Tensor x, Tensor t, std::uint64_t seed)
      : inputs(std::move(x)), targets(std::move(t)), store(std::make_shared<StateStore>(seed)) {
    Graph graph;
    const Value features = graph.input({named("B"), inputs.extents()[1]}, float64, "features");
    const Value y = network(features);
    const CompileOptions options{
        .device = std::make_shared<Device>(DeviceOptions{.threads = 1}), .store = store, .check_finite = false};
    const Shape one_number{named("B"), 1};
    if (y.shape() != one_number) {
      throw Error("[fit] least squares: the network gives " + to_string(y.shape()) + ", not one number a row");
    }
    outputs = std::make_unique<Compiled>(compile(y, options));
    const Value wanted = graph.input(one_number, float64, "values");
    parameters = std::make_unique<ParameterVector>(graph, *store);
    const Value jacobian = row_jacobian(y, parameters->values());
    normal = std::make_unique<Compiled>(
        compile({matmul(jacobian, jacobian, true, false), matmul(jacobian, y - wanted, true, false)}, options));
    const std::vector<double> start = parameters->read();
    inverse = std::make_unique<InverseCholesky>(static_cast<std::int64_t>(start.size()));
    w = Eigen::Map<const Vector>(start.data(), static_cast<Eigen::Index>(start.size()));
    squares = sum_of_squares(w);
    if (!std::isfinite(squares)) throw DivergedError("[fit] the loss is not finite at the start");
  }

  double rows() const { return static_cast<double>(inputs.extents()[0]); }
  void place(const Vector& at) { parameters->write({at.data(), at.data() + at.size()}); }

  double sum_of_squares(const Vector& at) {
    place(at);
    outputs->run({inputs});
    const auto y = outputs->output().as<double>(), t = targets.as<double>();
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) sum += (y[i] - t[i]) * (y[i] - t[i]);
    return sum;
  }
  double objective(const Vector& at, double sum) const { return beta * sum + alpha * at.squaredNorm(); }

  void step() {
    place(w);
    normal->run({inputs, targets});
    const Eigen::Index n = w.size();
    curvature = beta * Eigen::Map<const Matrix>(normal->output(0).as<double>().data(), n, n);
    const Vector gradient = beta * Eigen::Map<const Vector>(normal->output(1).as<double>().data(), n) + alpha * w;
    const double before = objective(w, squares);
    for (; mu < largest_mu; mu = std::max(mu * 4, smallest_mu)) {
      factor = curvature;
      factor.diagonal().array() += alpha + beta * mu;
      if (!inverse->run({factor.data(), static_cast<std::size_t>(factor.size())})) continue;
      const Vector half = factor * gradient, next = w - factor.transpose() * half;
      const double sum = sum_of_squares(next), after = objective(next, sum);
      if (!(after < before)) continue;
      idle = (before - after) / before < least_gain ? idle + 1 : 0;
      w = next;
      squares = sum;
      mu = std::max(mu / 5, smallest_mu);
      ++steps;
      if (steps >= 3 && steps % 2 == 1) follow_evidence();
      return;
    }
    idle = most_idle;
  }

  // gamma, the number of weights that the rows determine; then alpha = gamma / |w|^2 and beta = (n - gamma) / sum e^2.
  void follow_evidence() {
    factor = curvature;
    factor.diagonal().array() += alpha;
    if (!inverse->run({factor.data(), static_cast<std::size_t>(factor.size())})) return;
    const double trace = factor.squaredNorm();  // of the posterior's inverse
    const double gamma = std::min(std::max(static_cast<double>(w.size()) - alpha * trace, 1.0), 0.9 * rows());
    alpha = gamma / w.squaredNorm();
    beta = std::max(rows() - gamma, 1.0) / std::max(squares, 1e-12);
  }
};

BayesianLeastSquares::BayesianLeastSquares(const Network& network, Tensor inputs, Tensor targets, std::uint64_t seed)
    : body_(std::make_unique<Body>(network, std::move(inputs), std::move(targets), seed)) {}
BayesianLeastSquares::~BayesianLeastSquares() = default;
BayesianLeastSquares::BayesianLeastSquares(BayesianLeastSquares&&) noexcept = default;

bool BayesianLeastSquares::converged() const { return body_->idle >= Body::most_idle; }
void BayesianLeastSquares::step() {
  if (!converged()) body_->step();
}
std::vector<LayerNorm> BayesianLeastSquares::gradient_norms() const {
  const auto gradient = body_->normal->output(1).as<double>();  // J'e
  std::vector<LayerNorm> norms;
  std::size_t at = 0;
  for (std::size_t p = 0; p < body_->parameters->names().size(); ++p) {
    const std::string layer = layer_of(body_->parameters->names()[p]);
    if (norms.empty() || norms.back().layer != layer) norms.push_back({layer, 0});
    const std::size_t end = at + body_->parameters->size(p);
    for (; at < end; ++at) norms.back().norm += gradient[at] * gradient[at];
  }
  for (LayerNorm& layer : norms) layer.norm = 2 * std::sqrt(layer.norm) / body_->rows();
  return norms;
}
double BayesianLeastSquares::loss() const { return body_->squares / body_->rows(); }
Report BayesianLeastSquares::report() const { return body_->normal->report(); }
std::vector<double> BayesianLeastSquares::weights() const {
  return {body_->w.data(), body_->w.data() + body_->w.size()};
}

std::vector<double> BayesianLeastSquares::predict(const Tensor& inputs) {
  body_->place(body_->w);
  body_->outputs->run({inputs});
  return to_doubles(body_->outputs->output());
}

}  // namespace backprop
