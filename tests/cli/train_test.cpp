#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "run_program.hpp"

namespace backprop::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> list;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) list.push_back(line);
  return list;
}

// y = 3 a - 2 b + 5.25, on a grid.
std::string plane() {
  std::string text = "a,b,y\n";
  for (int a = 0; a < 12; ++a) {
    for (int b = 0; b < 12; ++b) {
      text += std::to_string(a) + "," + std::to_string(b * 0.5) + "," + std::to_string(3 * a - b + 5.25) + "\n";
    }
  }
  return text;
}

TEST(Train, IrisWithoutAFlagButTheTarget) {
  const Workplace place;
  const Ran ran = place.run("train " + iris() + " --target species");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("target 'species': classification into 3 classes, because 'species' is text"));
  EXPECT_THAT(ran.out, HasSubstr("test:        accuracy 0.9"));
  EXPECT_THAT(lines(ran.out).back(), StartsWith("model: runs/iris-001/model.onnx "));
  EXPECT_THAT(lines(ran.out).back(), HasSubstr("backprop predict runs/iris-001/model.onnx " + iris()));
  for (const char* name : {"model.onnx", "run.json", "config.toml"}) {
    EXPECT_TRUE(place.exists(std::string("runs/iris-001/") + name)) << name;
  }
  EXPECT_THAT(place.read("runs/iris-001/config.toml"), HasSubstr("target = \"species\"\n"));
}

TEST(Train, JsonOfClasses) {
  const Workplace place;
  const Ran ran = place.run("train " + iris() + " --target last --epochs 30 --threads 1 --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const json result = json::parse(ran.out);
  EXPECT_EQ(result["task"], "classification");
  EXPECT_EQ(result["rows"], 150);
  for (const char* part : {"train", "validation", "test"}) {
    EXPECT_TRUE(result[part]["loss"].is_number()) << part;
    EXPECT_GE(result[part]["accuracy"], 0.7) << part;
    EXPECT_FALSE(result[part].contains("rmse"));
  }
  EXPECT_EQ(result["test"]["rows"], 30);
  EXPECT_EQ(result["epochs"], 30);
  EXPECT_EQ(result["threads"], 1);
  EXPECT_GT(result["seconds"], 0);
  EXPECT_EQ(result["model"], "runs/iris-001/model.onnx");
  EXPECT_EQ(json::parse(place.read("runs/iris-001/run.json"))["result"], result);
}

TEST(Train, JsonOfNumbersInTheTargetsUnits) {
  const Workplace place;
  place.write("plane.csv", plane());
  const Ran ran = place.run("train plane.csv --target y --json --quiet");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  const json result = json::parse(ran.out);
  EXPECT_EQ(result["task"], "regression");
  EXPECT_LT(result["test"]["rmse"], 1.0);  // of values from -0.25 to 38.25
  EXPECT_LT(result["test"]["mae"], result["test"]["rmse"]);
  EXPECT_GT(result["test"]["r2"], 0.99);
}

TEST(Train, SameModelBytesForAnyThreadsAndInTwoRuns) {
  const Workplace place;
  for (const char* run : {"1 --run-dir a", "1 --run-dir b", "2 --run-dir c", "4 --run-dir d"}) {
    const Ran ran = place.run("train " + iris() + " --target species --epochs 20 --quiet --threads " + run);
    ASSERT_EQ(ran.code, 0) << ran.err;
  }
  const std::string model = place.read("a/model.onnx");
  ASSERT_FALSE(model.empty());
  for (const char* other : {"b", "c", "d"}) EXPECT_EQ(place.read(std::string(other) + "/model.onnx"), model) << other;
  ASSERT_EQ(place.run("train " + iris() + " --target species --epochs 20 --quiet --seed 2 --run-dir e").code, 0);
  EXPECT_NE(place.read("e/model.onnx"), model);
}

TEST(Train, RunsAreNumberedAndNeverOverwritten) {
  const Workplace place;
  const std::string command = "train " + iris() + " --target species --epochs 1 --quiet";
  EXPECT_EQ(place.run(command).code, 0);
  EXPECT_EQ(place.run(command).code, 0);
  EXPECT_TRUE(place.exists("runs/iris-001/model.onnx"));
  EXPECT_TRUE(place.exists("runs/iris-002/model.onnx"));
  EXPECT_EQ(place.run(command + " --run-dir mine").code, 0);
  const std::string before = place.read("mine/model.onnx");
  const Ran again = place.run(command + " --seed 5 --run-dir mine");
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.err, HasSubstr("--overwrite"));
  EXPECT_EQ(place.read("mine/model.onnx"), before);
  EXPECT_EQ(place.run(command + " --seed 5 --run-dir mine --overwrite").code, 0);
  EXPECT_NE(place.read("mine/model.onnx"), before);
}

TEST(Train, TestDataInAnotherFileAndOrderOfColumns) {
  const Workplace place;
  place.write("train.csv", plane());
  place.write("test.csv", "y,b,extra,a\n5.25,0,x,0\n8.25,0,y,1\n7.25,0.5,z,1\n");
  const Ran ran = place.run("train train.csv --target y --test-data test.csv --json --quiet");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const json result = json::parse(ran.out);
  EXPECT_EQ(result["test"]["rows"], 3);
  EXPECT_EQ(result["train"]["rows"], 144);
  EXPECT_LT(result["test"]["rmse"], 2.0);
}

TEST(Train, ASmallTableTrainsOnAllRows) {
  const Workplace place;
  place.write("xor.csv", "a,b,t\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n");
  const Ran ran = place.run("train xor.csv --target t --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const json result = json::parse(ran.out);
  EXPECT_EQ(result["train"]["accuracy"], 1.0);
  EXPECT_TRUE(result["validation"].is_null());
  EXPECT_TRUE(result["test"].is_null());
}

TEST(Train, LeavesOutConstantsTextAndIdentifiersAloud) {
  const Workplace place;
  std::string text = "a;same;name;note;empty;t\r\n";
  for (int i = 0; i < 40; ++i) {
    const std::string s = std::to_string(i);
    text += s + ";7;n" + s + ";about " + s + ";" + (i < 20 ? ";no\r\n" : ";yes\r\n");
  }
  place.write("t.csv", text);
  const Ran ran = place.run("train t.csv --target t --epochs 2");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("learned from: 1 numeric (a); --numeric"));
  EXPECT_THAT(ran.err, HasSubstr("warning: column 'same' is left out: constant: it has the same value in all"));
  EXPECT_THAT(ran.err, HasSubstr("warning: column 'name' is left out: identifier: "));
  EXPECT_THAT(ran.err, HasSubstr("warning: column 'note' is left out: text: "));
  EXPECT_THAT(ran.err, HasSubstr("warning: column 'empty' is left out: constant: it has no filled cell"));
}

// Missing and unseen cells, categories, dates, in training and afterwards.
TEST(Train, ColumnsOfEveryRole) {
  const Workplace place;
  std::string text = "size,colour,sold,day,y\n";
  for (int i = 0; i < 120; ++i) {
    text += (i % 7 ? std::to_string(i) : "") +
            (i % 3   ? ",red,"
             : i % 2 ? ",blue,"
                     : ",,") +
            (i % 2 ? "yes" : "no") + ",2024-" + std::to_string(i % 12 + 1) + "-" + std::to_string(i % 28 + 1) + "," +
            (i % 40 ? std::to_string(i % 3) : "?") + "\n";
  }
  place.write("t.csv", text);
  const Ran ran = place.run("train t.csv --target y --task regression --epochs 20 --json --run-dir r");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("1 numeric (size); 1 boolean (sold); 1 categorical (colour); 1 date (day)"));
  EXPECT_THAT(ran.err, HasSubstr("warning: 3 rows are left out: the target is missing"));
  EXPECT_LT(json::parse(ran.out)["largest_difference"], 1e-6);
  place.write("new.csv", "day,sold,colour,size\n2031-12-31,NO,mauve,\n,,,1e6\n");
  const Ran predicted = place.run("predict r/model.onnx new.csv");
  EXPECT_EQ(predicted.code, 0) << predicted.err;
  EXPECT_EQ(lines(predicted.out).size(), 3u);
  place.write("new.csv", "day,sold,color,size\n2031-12-31,NO,mauve,\n");
  const Ran missing = place.run("predict r/model.onnx new.csv");
  EXPECT_EQ(missing.code, 3);
  EXPECT_THAT(missing.err,
              HasSubstr("column 'colour', which the model was trained on, is missing (did you mean 'color'?)"));
}

TEST(Train, SeveralTargets) {
  const Workplace place;
  std::string text = "x,a,b\n";
  for (int i = 0; i < 100; ++i) {
    text += std::to_string(i) + "," + std::to_string(2 * i + 0.5) + "," + std::to_string(1000 - 3 * i) + "\n";
  }
  place.write("t.csv", text);
  const Ran ran = place.run("train t.csv --target a,b --json --run-dir r");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_GT(json::parse(ran.out)["test"]["r2"], 0.99);
  const std::vector<std::string> rows = lines(place.run("predict r/model.onnx t.csv").out);
  EXPECT_EQ(rows[0], "prediction_a,prediction_b");
  EXPECT_NEAR(std::stod(rows[51]), 100.5, 10);
  EXPECT_NEAR(std::stod(rows[51].substr(rows[51].find(',') + 1)), 850, 15);
}

// One feature that says nothing: the loss is least where the probabilities are the classes' weights.
TEST(Train, WeightsOfRowsAndClasses) {
  const Workplace place;
  std::string text = "x,w,t\n";
  for (int i = 0; i < 400; ++i)
    text += std::to_string(i % 2) + (i % 10 < 2 ? ",9,rare\n" : i % 10 < 4 ? ",0,often\n" : ",1,often\n");
  place.write("t.csv", text);
  place.write("new.csv", "x,w\n0,1\n1,1\n");
  const auto rare = [&](const std::string& flags) {
    const Ran ran =
        place.run("train t.csv --target t --members 2 --hidden 16 --epochs 200 --overwrite --run-dir r " + flags);
    EXPECT_EQ(ran.code, 0) << ran.err;
    const std::string row = lines(place.run("predict r/model.onnx new.csv").out).at(1);
    return std::stod(row.substr(row.rfind(',') + 1));
  };
  EXPECT_NEAR(rare("--ignore w"), 0.2, 0.05);
  EXPECT_NEAR(rare("--ignore w --class-weights balanced"), 0.5, 0.07);
  EXPECT_NEAR(rare("--weight w"), 0.75, 0.07);
  EXPECT_THAT(place.run("train t.csv --target t --weight w --epochs 1").err,
              HasSubstr("80 rows are left out: the weight is 0"));
}

TEST(Train, LabelsWithADotAtTheirEnd) {
  const Workplace place;
  std::string text = "x,t\n", dotted = "x,t\n";
  for (int i = 0; i < 40; ++i) {
    text += std::to_string(i) + (i < 20 ? ",low\n" : ",high\n");
    dotted += std::to_string(i) + (i < 20 ? ",low.\n" : ",high.\n");
  }
  place.write("t.csv", text);
  place.write("dotted.csv", dotted);
  const Ran refused = place.run("train t.csv --target t --test-data dotted.csv --epochs 30");
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr("dotted.csv:2: column 't': 'low.' is none of the model's classes: high, low "
                                     "(--trim-labels '.' takes the '.' off its end)"));
  const Ran ran = place.run("train t.csv --target t --test-data dotted.csv --trim-labels . --json --run-dir r");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_GE(json::parse(ran.out)["test"]["accuracy"], 0.9);
  EXPECT_EQ(place.run("evaluate r/model.onnx dotted.csv").code, 3);
  EXPECT_EQ(place.run("evaluate r/model.onnx dotted.csv --trim-labels .").code, 0);
}

TEST(Train, TheLastLineIsACommandThatWorks) {
  const Workplace place;
  place.write("it's a table.csv", plane());
  const Ran ran = place.run("train \"it's a table.csv\" --target y --epochs 1");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const std::string last = lines(ran.out).back();
  const Ran used = place.shell(last.substr(last.find("use it: ") + 8));
  EXPECT_EQ(used.code, 0) << used.err;
  EXPECT_EQ(lines(used.out).size(), 145u);
}

TEST(Train, SaysThatTheFirstLineHoldsData) {
  const Workplace place;
  std::string text;
  for (int i = 0; i < 40; ++i) text += std::to_string(i) + (i < 20 ? ",low\n" : ",high\n");
  place.write("t.csv", text);
  EXPECT_THAT(place.run("train t.csv --target last --epochs 1").err, HasSubstr("no header line: "));
  EXPECT_THAT(place.run("train t.csv --target last --epochs 1 --no-header").err, Not(HasSubstr("header line")));
}

TEST(Train, HeaderOfNumbersIsNamesWhenToldSo) {
  const Workplace place;
  std::string years = "2001,2002\n";
  for (int i = 0; i < 40; ++i) years += std::to_string(i) + "," + std::to_string(3 * i + 7) + "\n";
  place.write("t.csv", years);
  const std::string train = "train t.csv --epochs 1 --json --run-dir ";
  EXPECT_EQ(json::parse(place.run(train + "a --target 2").out)["rows"], 41);
  const Ran ran = place.run(train + "b --target 2002 --header");
  EXPECT_EQ(json::parse(ran.out)["rows"], 40) << ran.err;
  EXPECT_EQ(lines(place.run("predict b/model.onnx t.csv --header").out).size(), 41u);
  EXPECT_THAT(place.run("predict b/model.onnx t.csv").err, HasSubstr("the file has no header line"));
}

TEST(Train, InterruptedRunIsSaved) {
  const Workplace place;
  const Ran ran =
      place.shell("'" BACKPROP_PROGRAM "' train " + iris() +
                  " --target species --epochs 100000000 --members 1 --validation 0 --run-dir r & pid=$!; sleep 1; "
                  "kill -INT $pid; wait $pid");
  EXPECT_EQ(ran.code, 130) << ran.err;
  EXPECT_EQ(place.run("evaluate r/model.onnx " + iris()).code, 0);
}

TEST(Predict, RowsInOrderColumnsByName) {
  const Workplace place;
  ASSERT_EQ(place.run("train " + iris() + " --target species --run-dir r --quiet").code, 0);
  place.write("new.csv", "petal_width,petal_length,sepal_width,sepal_length\n0.2,1.4,3.5,5.1\n2.1,5.9,3.0,7.1\n");
  const Ran ran = place.run("predict r/model.onnx new.csv");
  ASSERT_EQ(ran.code, 0) << ran.err;
  ASSERT_EQ(lines(ran.out).size(), 3u);
  EXPECT_EQ(lines(ran.out)[0], "prediction,probability_setosa,probability_versicolor,probability_virginica");
  EXPECT_THAT(lines(ran.out)[1], StartsWith("setosa,0.9"));
  EXPECT_THAT(lines(ran.out)[2], StartsWith("virginica,"));
  // The model file alone is enough.
  ASSERT_EQ(place.shell("mkdir alone && cp r/model.onnx new.csv alone && rm -r r").code, 0);
  EXPECT_EQ(place.shell("cd alone && cat new.csv | '" BACKPROP_PROGRAM "' predict model.onnx -").out, ran.out);
}

TEST(Predict, NumbersAndNamesThatNeedQuotes) {
  const Workplace place;
  place.write("plane.csv", plane());
  ASSERT_EQ(place.run("train plane.csv --target y --run-dir r --quiet").code, 0);
  const std::vector<std::string> rows = lines(place.run("predict r/model.onnx plane.csv").out);
  ASSERT_EQ(rows.size(), 145u);
  EXPECT_EQ(rows[0], "prediction");
  EXPECT_NEAR(std::stod(rows[1]), 5.25, 3.0);
  std::string quoted = "x,t\n";
  for (int i = 0; i < 40; ++i) quoted += std::to_string(i) + (i < 20 ? ",\"a, \"\"b\"\"\"\n" : ",c\n");
  place.write("q.csv", quoted);
  ASSERT_EQ(place.run("train q.csv --target t --epochs 2 --run-dir q --quiet").code, 0);
  EXPECT_THAT(lines(place.run("predict q/model.onnx q.csv").out)[0],
              "prediction,\"probability_a, \"\"b\"\"\",probability_c");
}

TEST(Evaluate, SameMeasuresAsTraining) {
  const Workplace place;
  place.write("plane.csv", plane());
  const json trained = json::parse(place.run("train plane.csv --target y --test-data plane.csv --json --quiet").out);
  const json measured = json::parse(place.run("evaluate runs/plane-001/model.onnx plane.csv --json").out);
  EXPECT_EQ(measured, trained["test"]);
  EXPECT_THAT(place.run("evaluate runs/plane-001/model.onnx plane.csv").out, StartsWith("rmse "));
}

TEST(Inspect, ShowsWhatIsInAModel) {
  const Workplace place;
  ASSERT_EQ(
      place.run("train " + iris() + " --target species --epochs 1 --hidden 8 --members 1 --run-dir r --quiet").code, 0);
  const json inside = json::parse(place.run("inspect r/model.onnx --json").out);
  EXPECT_EQ(inside["parameters"], 4 * 8 + 8 + 8 * 3 + 3);
  EXPECT_EQ(inside["classes"], json({"setosa", "versicolor", "virginica"}));
  EXPECT_EQ(inside["columns"].size(), 4u);
  EXPECT_EQ(inside["parameter_bytes"], 4 * (4 * 8 + 8 + 8 * 3 + 3));
  EXPECT_EQ(inside["row"]["flops"], 2 * (4 * 8 + 8 * 3));
  EXPECT_THAT(place.run("inspect r/model.onnx --graph").out, HasSubstr("softmax("));
}

TEST(Inspect, ShowsARun) {
  const Workplace place;
  ASSERT_EQ(
      place.run("train " + iris() + " --target species --epochs 1 --hidden 8 --members 1 --run-dir r --quiet").code, 0);
  const std::string text = place.run("inspect r").out;
  for (const char* part : {"run         r: finished, began 20", "iris.csv, SHA-256 ", "step        64 rows, ",
                           "test: ", "\n  epochs = 1\n", "parameters  67\n"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  const json inside = json::parse(place.run("inspect r --json").out);
  // Forward, and backward but for the gradient of the inputs: 2 x rows x (2 x 4 x 8 + 3 x 8 x 3).
  EXPECT_EQ(inside["run"]["result"]["step"]["flops"], 2 * 64 * (2 * 4 * 8 + 3 * 8 * 3));
  EXPECT_EQ(inside["run"]["status"], "finished");
  EXPECT_THAT(inside["configuration"].get<std::string>(), HasSubstr("hidden = \"8\""));
  EXPECT_EQ(inside["parameters"], 67);
  place.shell("cp -r r s && sed -i 's/\"flops\"/\"flips\"/' s/run.json");
  EXPECT_EQ(place.run("inspect s").code, 3);
  EXPECT_EQ(place.run("inspect s").err, "error: s/run.json: is not the run.json of a run\n");
  place.shell("rm r/model.onnx && mkdir empty");  // as of a run that was killed early
  EXPECT_EQ(place.run("inspect r").code, 0);
  EXPECT_EQ(place.run("inspect empty").err, "error: empty: holds no run that 'backprop train' began\n");
}

TEST(Evaluate, TakesTheTableBlockByBlock) {
  const Workplace place;
  std::string table = "x,y\n";  // the words of y come late, and its first block is all of one class
  for (int k = 0; k < 10'000; ++k) table += std::to_string(k % 97) + "," + (k < 5000 ? "1.0" : "2") + "\n";
  place.write("t.csv", table);
  ASSERT_EQ(place.run("train t.csv --target y --epochs 1 --members 1 --run-dir r --quiet --task classification").code,
            0);
  EXPECT_EQ(json::parse(place.run("evaluate r/model.onnx t.csv --json").out)["rows"], 10'000);
}

}  // namespace
}  // namespace backprop::cli
