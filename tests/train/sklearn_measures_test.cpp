// Every measure is scikit-learn's, ties, absent classes and constants included.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "backprop/measures.hpp"
#include "tests/support/python.hpp"

namespace backprop {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json each(const ClassMeasures& m, double OneClassMeasures::*member) {
  json list = json::array();
  for (const OneClassMeasures& one : m.of) list.push_back(one.*member);
  return list;
}

json class_case(const std::string& name, const std::vector<float>& p, const std::vector<std::int64_t>& labels,
                std::size_t classes) {
  const ClassMeasures m = measure_classes_fully(p, labels, classes);
  json rows = json::array();
  for (const OneClassMeasures& one : m.of) rows.push_back(one.rows);
  const json measures = {{"loss", m.loss},
                         {"accuracy", m.accuracy},
                         {"balanced_accuracy", m.balanced_accuracy},
                         {"matthews", m.matthews},
                         {"kappa", m.kappa},
                         {"roc_auc", m.roc_auc},
                         {"average_precision", m.average_precision},
                         {"brier", m.brier},
                         {"calibration_error", m.calibration_error},
                         {"confusion", m.confusion},
                         {"precision", each(m, &OneClassMeasures::precision)},
                         {"recall", each(m, &OneClassMeasures::recall)},
                         {"f1", each(m, &OneClassMeasures::f1)},
                         {"rows", rows},
                         {"class_roc_auc", each(m, &OneClassMeasures::roc_auc)},
                         {"class_average_precision", each(m, &OneClassMeasures::average_precision)},
                         {"lift", each(m, &OneClassMeasures::lift)}};
  return {{"kind", "classes"}, {"name", name}, {"predictions", p}, {"targets", labels}, {"measures", measures}};
}

json value_case(const std::string& name, const std::vector<float>& p, const std::vector<double>& t, double quantile) {
  const ValueMeasures m = measure_values_fully(p, t, quantile);
  const json measures = {{"loss", m.loss},
                         {"rmse", m.rmse},
                         {"mae", m.mae},
                         {"median_error", m.median_error},
                         {"mape", m.mape},
                         {"r2", m.r2},
                         {"explained_variance", m.explained_variance},
                         {"pinball", m.pinball},
                         {"poisson_deviance", m.poisson_deviance}};
  return {{"kind", "values"}, {"name", name},         {"predictions", p},
          {"targets", t},     {"quantile", quantile}, {"measures", measures}};
}

// Probabilities that lean to the label; coarse ones are multiples of 1/16, so that many tie.
json random_classes(const std::string& name, std::size_t rows, std::size_t classes, std::size_t used, bool coarse,
                    unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> p;
  std::vector<std::int64_t> labels;
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t label = random() % used;
    std::vector<double> row(classes);
    double sum = 0;
    for (std::size_t k = 0; k < classes; ++k) {
      row[k] = 1 + static_cast<double>(random() % (coarse ? 4 : 10000)) * (k == label ? 3 : 1);
      sum += row[k];
    }
    for (const double x : row) {
      p.push_back(static_cast<float>(coarse ? std::round(x / sum * 16) / 16 : x / sum));
    }
    labels.push_back(static_cast<std::int64_t>(label));
  }
  return class_case(name, p, labels, classes);
}

TEST(SklearnMeasures, AgreeOnEveryMeasure) {
  if (python().empty()) GTEST_SKIP() << "no Python with scikit-learn: tools/python_environment.sh makes one";
  json cases = json::array();
  for (const bool coarse : {false, true}) {
    const std::string kind = coarse ? " with ties" : "";
    for (const std::size_t classes : {2, 3, 7}) {
      const std::string name = std::to_string(classes) + " classes" + kind;
      cases.push_back(random_classes(name, 200, classes, classes, coarse, 1));
      cases.push_back(random_classes(name + ", 33 rows", 33, classes, classes, coarse, 2));
      cases.push_back(random_classes(name + ", one absent", 60, classes, classes - 1, coarse, 3));
    }
  }
  cases.push_back(class_case("all the same score", std::vector<float>(20, 0.5f), {0, 1, 1, 0, 0, 1, 0, 0, 0, 0}, 2));
  cases.push_back(class_case("perfect", {1, 0, 0, 1, 1, 0, 0, 1}, {0, 1, 0, 1}, 2));
  cases.push_back(class_case("all wrong", {0, 1, 1, 0, 0, 1, 1, 0}, {0, 1, 0, 1}, 2));
  cases.push_back(class_case("one row", {0.25f, 0.75f}, {1}, 2));

  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  std::vector<float> p;
  std::vector<double> t;
  for (int r = 0; r < 101; ++r) {
    t.push_back(std::exp(normal(random)));
    p.push_back(static_cast<float>(t.back() * std::exp(0.3 * normal(random))));
  }
  cases.push_back(value_case("positive", p, t, 0.5));
  cases.push_back(value_case("a low quantile", p, t, 0.05));
  t.pop_back();
  p.pop_back();
  cases.push_back(value_case("an even number of rows", p, t, 0.9));
  t[3] = 0;
  cases.push_back(value_case("a target of 0", p, t, 0.5));
  p[4] = -1;
  cases.push_back(value_case("a negative prediction", p, t, 0.5));
  cases.push_back(value_case("constant targets", {1, 2, 3}, {2, 2, 2}, 0.5));
  cases.push_back(value_case("one row", {1.5f}, {1}, 0.5));

  const fs::path file = fs::path(BACKPROP_BINARY_DIR) / "measures.json";
  std::ofstream(file) << cases.dump();
  const std::string script = std::string(BACKPROP_SOURCE_DIR) + "/tests/train/check_measures.py";
  EXPECT_EQ(std::system((python() + " " + script + " '" + file.string() + "'").c_str()), 0);
  fs::remove(file);
}

}  // namespace
}  // namespace backprop
