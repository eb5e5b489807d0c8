// ADBench's Gaussian mixture: objective and gradient as published.
#include <numbers>

#include "tests/oracles/adbench.hpp"

namespace backprop::adbench {
namespace {

// The lower triangular Q [k, d, d] of icf [k, d (d + 1) / 2]: its diagonal is exp of the first d, the rest stands below
// it column by column.
Value lower_triangle(Value icf, std::int64_t d) {
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

TEST(AdbenchGmm, objective_and_gradient_are_the_published_ones) {
  const nlohmann::json file = oracle_json("adbench_gmm.json");
  if (file.is_null()) GTEST_SKIP() << no_shared_data;
  const nlohmann::json& in = file["inputs"];
  const std::int64_t d = in["d"], k = in["k"], n = in["n"];
  const double gamma = in["wishart_gamma"], m = in["wishart_m"], tolerance = file["tolerance"];

  Graph g;
  const Value alphas = g.input({k}, float64), means = g.input({k, d}, float64),
              icf = g.input({k, d * (d + 1) / 2}, float64), x = g.input({n, d}, float64);
  const Value sums = sum(slice(icf, 1, 0, d), {1}), q = lower_triangle(icf, d);
  const Value centred = reshape(x, {n, 1, d, 1}) - reshape(means, {1, k, d, 1});
  const Value distances = sum(square(matmul(broadcast(reshape(q, {1, k, d, d}), {n, k, d, d}), centred)), {2, 3});
  const Value likelihood = sum(logsumexp(alphas + sums - 0.5 * distances, {1})) - double(n) * logsumexp(alphas);
  const Value prior = gamma * gamma / 2 * sum(square(q)) - m * sum(sums);
  const double big_n = double(d) + m + 1;
  double log_gamma = double(d * (d - 1)) / 4 * std::log(std::numbers::pi);
  for (std::int64_t j = 1; j <= d; ++j) log_gamma += std::lgamma(big_n / 2 + (1 - double(j)) / 2);
  const double constant = -double(n * d) / 2 * std::log(2 * std::numbers::pi) -
                          double(k) * (big_n * double(d) * (std::log(gamma) - std::log(2.0) / 2) - log_gamma);
  const Value objective = likelihood + prior + constant;

  std::vector<Value> wanted = {objective};
  const Value arguments[] = {alphas, means, icf};
  for (const Value& v : gradient(objective, arguments)) wanted.push_back(v);
  const std::vector<Tensor> inputs = {tensor(in["alphas"], {k}), tensor(in["means"], {k, d}),
                                      tensor(in["icf"], {k, d * (d + 1) / 2}), tensor(in["x"], {n, d})};
  by_both_roads(wanted, inputs, [&](const std::vector<std::vector<double>>& got, const char* road) {
    EXPECT_NEAR(got[0][0], file["published"]["objective"].get<double>(), tolerance) << road;
    std::vector<double> gradients;
    for (std::size_t i = 1; i < got.size(); ++i) gradients.insert(gradients.end(), got[i].begin(), got[i].end());
    ASSERT_EQ(gradients.size(), file["published"]["gradient"].size());
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      EXPECT_NEAR(gradients[i], file["published"]["gradient"][i].get<double>(), tolerance) << road << ", entry " << i;
    }
  });
}

}  // namespace
}  // namespace backprop::adbench
