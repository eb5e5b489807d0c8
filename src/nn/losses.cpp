#include "backprop/losses.hpp"

#include <cmath>
#include <numbers>

namespace backprop {
namespace {

void same_type(const char* loss, Value y, Value t) {
  if (!(y.type() == t.type())) {
    throw Error("[" + std::string(loss) + "] outputs and targets differ: " + to_string(y.type()) + " and " +
                to_string(t.type()));
  }
}

// All axes but the first.
Integers features(Value x) {
  Integers axes;
  for (int axis = 1; axis < x.shape().rank(); ++axis) axes.push_back(axis);
  return axes;
}
Value sum_of_features(Value x) { return x.shape().rank() > 1 ? sum(x, features(x)) : x; }
Value mean_of_features(Value x) { return x.shape().rank() > 1 ? mean(x, features(x)) : x; }

}  // namespace

Value average(Value losses, Value weights) {
  if (!weights.valid()) return mean(losses);
  if (!(losses.type() == weights.type())) {
    throw Error("[average] losses and example weights differ: " + to_string(losses.type()) + " and " +
                to_string(weights.type()));
  }
  return sum(losses * weights) / sum(weights);
}

namespace losses {

Value half_squared(Value y, Value t) {
  same_type("half_squared", y, t);
  return 0.5 * sum_of_features(square(y - t));
}

Value squared(Value y, Value t) {
  same_type("squared", y, t);
  return mean_of_features(square(y - t));
}

Value absolute(Value y, Value t) {
  same_type("absolute", y, t);
  return mean_of_features(abs(y - t));
}

Value huber(Value y, Value t, double threshold) {
  same_type("huber", y, t);
  if (!(threshold > 0)) throw UsageError("[huber] the threshold must be above 0, got " + std::to_string(threshold));
  const Value d = y - t, size = abs(d);
  return mean_of_features(
      where(less(size, scalar_like(size, threshold)), 0.5 * square(d), threshold * (size - threshold / 2)));
}

// log cosh d = d + log(1 + e^-2d) - log 2
Value log_cosh(Value y, Value t) {
  same_type("log_cosh", y, t);
  const Value d = y - t;
  return mean_of_features(d + softplus(-2.0 * d) - std::numbers::ln2);
}

Value quantile(Value y, Value t, double quantile) {
  same_type("quantile", y, t);
  if (!(quantile > 0 && quantile < 1)) {
    throw UsageError("[quantile] must be between 0 and 1, got " + std::to_string(quantile));
  }
  const Value d = t - y;
  return mean_of_features(maximum(quantile * d, (quantile - 1) * d));
}

Value quantile(Value y, Value t, std::span<const double> quantiles) {
  same_type("quantile", y, t);
  const auto count = static_cast<std::int64_t>(quantiles.size());
  if (y.shape().rank() != 2 || !(y.shape()[1] == Dim(count))) {
    throw Error("[quantile] outputs " + to_string(y.type()) + " for " + std::to_string(count) + " quantiles");
  }
  const Value d = t - y, q = y.graph->constant(convert(Tensor::from<double>({count}, quantiles), y.dtype()));
  return mean_of_features(maximum(q * d, (q - 1) * d));
}

Value poisson(Value log_rate, Value t) {
  same_type("poisson", log_rate, t);
  return mean_of_features(exp(log_rate) - t * log_rate);
}

Value gaussian(Value mean, Value log_variance, Value t) {
  same_type("gaussian", mean, t);
  same_type("gaussian", log_variance, t);
  const double constant = std::log(2 * std::numbers::pi);
  return mean_of_features(0.5 * (log_variance + constant + square(t - mean) * exp(-log_variance)));
}

Value cross_entropy(Value logits, Value target, double smoothing) {
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw UsageError("[cross_entropy] smoothing must be in [0, 1), got " + std::to_string(smoothing));
  }
  if (smoothing > 0) {
    const Dim classes = logits.shape()[logits.shape().rank() - 1];
    if (is_integer(target.dtype())) target = one_hot(target, classes.number(), logits.dtype());
    target = (1 - smoothing) * target + smoothing / static_cast<double>(classes.number());
  }
  return mean_of_features(softmax_cross_entropy(logits, target));
}

// -log sigmoid(z) = softplus(-z): exact for any size of z
Value binary_cross_entropy(Value logits, Value t, double smoothing) {
  same_type("binary_cross_entropy", logits, t);
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw UsageError("[binary_cross_entropy] smoothing must be in [0, 1), got " + std::to_string(smoothing));
  }
  if (smoothing > 0) t = (1 - smoothing) * t + smoothing / 2;
  return mean_of_features(t * softplus(-logits) + (1.0 - t) * softplus(logits));
}

Value binary_cross_entropy_of_probabilities(Value p, Value t) {
  same_type("binary_cross_entropy_of_probabilities", p, t);
  const double edge = p.dtype() == float64 ? 1e-15 : 1e-7;
  const Value inside = clip(p, edge, 1 - edge);
  return mean_of_features(-(t * log(inside) + (1.0 - t) * log1p(-inside)));
}

// 1 - p_t = -expm1(log p_t)
Value focal(Value logits, Value target, double gamma) {
  const Value entropy = softmax_cross_entropy(logits, target);
  return mean_of_features(power(-expm1(-entropy), scalar_like(entropy, gamma)) * entropy);
}

Value hinge(Value y, Value t) {
  same_type("hinge", y, t);
  return mean_of_features(relu(1.0 - t * y));
}

Value divergence(Value logits, Value t) {
  same_type("divergence", logits, t);
  const Value zero = scalar_like(t, 0), one = scalar_like(t, 1);
  const Value negative_entropy = sum(t * log(where(greater(t, zero), t, one)), {-1});
  return mean_of_features(negative_entropy + softmax_cross_entropy(logits, t));
}

}  // namespace losses
}  // namespace backprop
