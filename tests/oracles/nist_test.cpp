// NIST's nonlinear regression problems (StRD) by Levenberg-Marquardt, the Jacobian by our own differentiation: every
// parameter to 4 digits from both starts.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include "backprop/minimise.hpp"
#include "tests/oracles/formula.hpp"

namespace backprop::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path shared() {
  const char* given = std::getenv("BACKPROP_SHARED");
  return given && *given ? fs::path(given) : fs::path(BACKPROP_SOURCE_DIR) / "../shared";
}

// Columns of numbers after 60 lines of text.
std::vector<std::vector<double>> read_columns(const fs::path& path, std::size_t columns) {
  std::ifstream file(path);
  std::string line;
  for (int i = 0; i < 60; ++i) std::getline(file, line);
  std::vector<std::vector<double>> table(columns);
  while (std::getline(file, line)) {
    std::istringstream row(line);
    double number = 0;
    for (std::size_t k = 0; k < columns && row >> number; ++k) table[k].push_back(number);
  }
  return table;
}

// -log10 of each parameter's relative error, at most 11: the certified values have as many digits.
std::vector<double> correct_digits(const json& problem, const StateStore& store) {
  std::vector<double> digits;
  for (std::size_t k = 0; k < problem["parameters"].size(); ++k) {
    const double found = store[problem["parameters"][k].get<std::string>()].as<double>()[0];
    const double certified = problem["certified"][k];
    digits.push_back(-std::log10(std::max(std::abs(found - certified) / std::abs(certified), 1e-11)));
  }
  return digits;
}

struct Fit {
  Minimised report;
  std::shared_ptr<StateStore> store = std::make_shared<StateStore>();
};

Fit fit(const json& problem, const fs::path& data, const std::string& start) {
  Graph g;
  const std::size_t predictors = problem["predictors"].size();
  std::vector<std::vector<double>> columns = read_columns(data, predictors + 1);
  const auto rows = static_cast<std::int64_t>(columns[0].size());
  EXPECT_EQ(rows, problem["observations"].get<std::int64_t>());
  std::map<std::string, Value> names = {{"y", g.input({named("N")}, float64, "y")}};
  std::vector<Tensor> tensors = {Tensor::from<double>({rows}, columns[0])};
  for (std::size_t k = 0; k < predictors; ++k) {
    const std::string name = problem["predictors"][k];
    names[name] = g.input({named("N")}, float64, name);
    tensors.push_back(Tensor::from<double>({rows}, columns[k + 1]));
  }
  Fit result;
  for (std::size_t k = 0; k < problem["parameters"].size(); ++k) {
    const std::string name = problem["parameters"][k];
    const StateSpec spec{name, float64, {}, Role::parameter, initialiser::constant(problem[start][k])};
    names[name] = g.state(spec);
    result.store->require(spec);
  }
  const Value residuals = parse_formula(problem["formula"], g, names) - parse_formula(problem["response"], g, names);
  const std::vector<TensorView> inputs(tensors.begin(), tensors.end());
  result.report = least_squares(residuals, inputs, result.store);
  return result;
}

TEST(Nist, LevenbergMarquardtFindsTheCertifiedValues) {
  const fs::path models = shared() / "references/nist_models.json";
  if (!fs::exists(models)) GTEST_SKIP() << "no " << models.string();
  const json reference = json::parse(std::ifstream(models));
  int runs = 0, good = 0;
  double worst_sum = 0, mean_sum = 0;
  for (const auto& [name, problem] : reference["models"].items()) {
    for (const std::string start : {"start_1", "start_2"}) {
      const Fit result = fit(problem, shared() / "data/nist-strd" / (name + ".dat"), start);
      const std::vector<double> all = correct_digits(problem, *result.store);
      const double digits = *std::min_element(all.begin(), all.end());
      std::printf("%-9s %s  worst parameter %5.2f digits, %3d iterations, %s\n", name.c_str(), start.c_str(), digits,
                  result.report.iterations, result.report.reason.c_str());
      ++runs;
      good += digits >= 4;
      worst_sum += digits;
      mean_sum += std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
      EXPECT_GE(digits, 4) << name << " from " << start;
      const double certified = problem["residual_sum_of_squares"];
      EXPECT_NEAR(2 * result.report.loss, certified, 1e-7 * certified) << name << " from " << start;
    }
  }
  std::printf(
      "NIST StRD: %d of %d runs to 4 digits or more; mean log relative error %.2f (worst parameter of each %.2f)\n",
      good, runs, mean_sum / runs, worst_sum / runs);
  EXPECT_EQ(good, 28);
  EXPECT_GE(worst_sum / runs, 9.4);
}

}  // namespace
}  // namespace backprop::test
