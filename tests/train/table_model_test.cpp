#include "train/table_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <numeric>

#include "backprop/error.hpp"
#include "backprop/fit.hpp"
#include "data/csv.hpp"

namespace backprop {
namespace {

using testing::HasSubstr;

data::Table table(const std::string& text) { return data::Table(data::parse_csv({text.begin(), text.end()}, "t.csv")); }

// Every role: a number, a boolean, categories, many categories, a date.
std::string people(int rows) {
  std::string text = "age,smokes,colour,town,born,y\n";
  for (int k = 0; k < rows; ++k) {
    const std::string s = std::to_string(k);
    text += (k % 6 ? s : "") + "," + (k % 2 ? "yes" : "no") + "," + (k % 3 ? "red" : "") + ",town" +
            std::to_string(k % 40) + ",19" + std::to_string(50 + k % 50) + "-02-0" + std::to_string(1 + k % 9) + "," +
            std::to_string(std::sqrt(k)) + "\n";
  }
  return text;
}

std::vector<std::uint32_t> all(const data::Table& t) {
  std::vector<std::uint32_t> rows(t.rows());
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

struct Trained {
  data::Table data = table(people(200));
  data::Preprocessing preprocessing;
  data::Matrix features;
  Model network;

  static data::Preprocessing prepare(const data::Table& t) {
    return data::Preprocessing::fit(t, all(t), data::find_roles(t, all(t), std::vector<std::size_t>{5}));
  }
  static Model train(const data::Preprocessing& p, const data::Matrix& x, const data::Table& t) {
    const std::vector<double> y = t.numbers(5);
    const FitOptions options{.epochs = 2, .standardise = false, .info = {.targets = {"y"}}};
    return fit(Network("", {p.embeddings(), dense(4, tanh), dense(1)}), {.inputs = x.values, .values = y}, {}, options);
  }
  Trained()
      : preprocessing(prepare(data)),
        features(preprocessing.apply(data, all(data))),
        network(train(preprocessing, features, data)) {}
};

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(TableModel, RawColumnsPredictWhatFeaturesPredict) {
  const Trained t;
  const TablePredictor predictor(with_preprocessing(t.preprocessing, t.network));
  EXPECT_EQ(predictor.predict(t.data, all(t.data)), t.network.predict(t.features.values));
  EXPECT_EQ(predictor.model().info().features, (std::vector<std::string>{"age", "smokes", "colour", "town", "born"}));
}

TEST(TableModel, ColumnsFromMemory) {
  const Trained t;
  const Model model = with_preprocessing(t.preprocessing, t.network);
  const std::vector<Column> columns = {
      std::vector<float>{31, std::nanf("")}, std::vector<std::string>{"yes", ""},
      std::vector<std::string>{"red", "puce"}, std::vector<std::string>{"town3", "elsewhere"},
      std::vector<std::int64_t>{data::days_from_civil(1980, 2, 3), data::missing_date}};
  const data::Table same = table("town,age,smokes,colour,born\ntown3,31,yes,red,1980-02-03\nelsewhere,,,puce,?\n");
  EXPECT_EQ(model.predict(columns), TablePredictor(model).predict(same, all(same)));
  std::vector<Column> wrong = columns;
  wrong[0] = std::vector<std::string>{"31", ""};
  EXPECT_THROW(model.predict(wrong), Error);
  wrong = columns;
  wrong[2] = std::vector<float>{1, 2};
  EXPECT_THROW(model.predict(wrong), Error);
  wrong = columns;
  wrong[4] = std::vector<std::int64_t>{1};
  EXPECT_THROW(model.predict(wrong), Error);
  wrong.pop_back();
  EXPECT_THROW(model.predict(wrong), Error);
}

TEST(TableModel, SavedLoadedAndSavedAgain) {
  const Trained t;
  const std::string first = testing::TempDir() + "table_model_1.onnx",
                    second = testing::TempDir() + "table_model_2.onnx";
  const Model model = with_preprocessing(t.preprocessing, t.network);
  model.save(first);
  const TablePredictor loaded(Model::load(first));
  EXPECT_EQ(loaded.predict(t.data, all(t.data)), t.network.predict(t.features.values));
  EXPECT_EQ(loaded.preprocessing().to_json(), t.preprocessing.to_json());
  loaded.model().save(second);
  Model::load(second).save(first);
  EXPECT_EQ(read(first), read(second));
  std::remove(first.c_str());
  std::remove(second.c_str());
}

TEST(TableModel, ColumnsNamedLikeOutputsAndParameters) {
  const data::Table t = table("label,dense_1.weight,prediction,y\n1,2,a,0\n2,1,b,1\n3,5,a,0\n4,4,b,1\n");
  const auto p = data::Preprocessing::fit(t, all(t), data::find_roles(t, all(t), std::vector<std::size_t>{3}));
  const data::Matrix x = p.apply(t, all(t));
  const std::vector<std::int64_t> labels = {0, 1, 0, 1};
  const Model network = fit(Network("", {dense(2)}), {.inputs = x.values, .labels = labels}, {},
                            {.epochs = 1, .standardise = false, .info = {.targets = {"y"}}});
  const std::string path = testing::TempDir() + "table_model_names.onnx";
  with_preprocessing(p, network).save(path);
  EXPECT_EQ(TablePredictor(Model::load(path)).predict(t, all(t)), network.predict(x.values));
  std::remove(path.c_str());
}

TEST(TableModel, ADescriptionThatDoesNotFitIsRefused) {
  const Trained t;
  const Model model = with_preprocessing(t.preprocessing, t.network);
  const auto error_of = [&](const std::string& preprocessing) {
    ModelInfo info = model.info();
    info.preprocessing = preprocessing;
    try {
      TablePredictor(Model(info, model.graph(), model.output(), model.states(), model.text_inputs()));
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(error_of(model.info().preprocessing), "no error");
  EXPECT_THAT(error_of("{"), HasSubstr("malformed"));
  EXPECT_THAT(error_of("{\"columns\":[],\"left_out\":[]}"), HasSubstr("0 columns, 5 inputs"));
  std::string text = model.info().preprocessing;
  text.replace(text.find("\"age\""), 5, "\"agf\"");
  EXPECT_THAT(error_of(text), HasSubstr("column 'agf'"));
}

}  // namespace
}  // namespace backprop
