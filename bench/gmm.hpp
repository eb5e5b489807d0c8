// ADBench's Gaussian mixture as graph (microsoft/ADBench, GMM): the log-likelihood of x [n, d] under k Gaussians with a
// Wishart prior. Thread safety: as for Graph.
#pragma once
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "backprop/backprop.hpp"

namespace backprop::bench {

// The lower triangular Q [k, d, d] of icf [k, d (d + 1) / 2]: its diagonal is exp of the first d, the rest stands below
// it column by column.
inline Value lower_triangle(Value icf, std::int64_t d) {
  std::vector<std::int64_t> diagonal, below;
  for (std::int64_t i = 0; i < d; ++i) diagonal.push_back(i * d + i);
  for (std::int64_t column = 0; column < d; ++column) {
    for (std::int64_t row = column + 1; row < d; ++row) below.push_back(row * d + column);
  }
  const auto place = [&](Value values, const std::vector<std::int64_t>& places) {
    const auto n = static_cast<std::int64_t>(places.size());
    const Value at = icf.graph->constant(Tensor::from<std::int64_t>({n}, std::span<const std::int64_t>(places)));
    return scatter_add(values, at, Dim(d * d), 1);
  };
  const Value q = place(exp(slice(icf, 1, 0, d)), diagonal) + place(slice(icf, 1, d, d * (d + 1) / 2), below);
  return reshape(q, {icf.shape()[0], d, d});
}

struct Wishart {
  double gamma;
  double m;
};

// alphas [k], means [k, d], icf [k, d (d + 1) / 2], x [n, d].
inline Value gmm_objective(Value alphas, Value means, Value icf, Value x, Wishart wishart) {
  const std::int64_t k = means.shape()[0].number(), d = means.shape()[1].number(), n = x.shape()[0].number();
  const Value sums = sum(slice(icf, 1, 0, d), {1}), q = lower_triangle(icf, d);
  const Value centred = reshape(x, {1, n, d}) - reshape(means, {k, 1, d});
  const Value distances = sum(square(matmul(centred, q, false, true)), {2});  // [k, n]
  const Value terms = reshape(alphas + sums, {k, 1}) - 0.5 * distances;
  const Value likelihood = sum(logsumexp(terms, {0})) - double(n) * logsumexp(alphas);
  const Value prior = wishart.gamma * wishart.gamma / 2 * sum(square(q)) - wishart.m * sum(sums);
  const double big_n = double(d) + wishart.m + 1;
  double log_gamma = double(d * (d - 1)) / 4 * std::log(std::numbers::pi);
  for (std::int64_t j = 1; j <= d; ++j) log_gamma += std::lgamma(big_n / 2 + (1 - double(j)) / 2);
  const double constant = -double(n * d) / 2 * std::log(2 * std::numbers::pi) -
                          double(k) * (big_n * double(d) * (std::log(wishart.gamma) - std::log(2.0) / 2) - log_gamma);
  return likelihood + prior + constant;
}

}  // namespace backprop::bench
