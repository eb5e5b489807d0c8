// ADBench's Gaussian mixture: objective and gradient as published.
#include "bench/gmm.hpp"
#include "tests/oracles/adbench.hpp"

namespace backprop::adbench {
namespace {

TEST(AdbenchGmm, objective_and_gradient_are_the_published_ones) {
  const nlohmann::json file = oracle_json("adbench_gmm.json");
  if (file.is_null()) GTEST_SKIP() << no_shared_data;
  const nlohmann::json& in = file["inputs"];
  const std::int64_t d = in["d"], k = in["k"], n = in["n"];
  const double gamma = in["wishart_gamma"], m = in["wishart_m"], tolerance = file["tolerance"];

  Graph g;
  const Value alphas = g.input({k}, float64), means = g.input({k, d}, float64),
              icf = g.input({k, d * (d + 1) / 2}, float64), x = g.input({n, d}, float64);
  const Value objective = bench::gmm_objective(alphas, means, icf, x, {gamma, m});

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
