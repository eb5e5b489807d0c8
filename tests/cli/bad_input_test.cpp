// Bad input as a new user gives it: one clear line on the standard error, nothing on the standard output, and the exit
// code that scripts can rely on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "run_program.hpp"

namespace backprop::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A good table of 40 rows, with `cells` as row 20 (line 21 of the file).
std::string table_with(const std::string& cells) {
  std::string text = "age,height,kind\n";
  for (int i = 1; i <= 40; ++i) {
    text += i == 20 ? cells + "\n" : std::to_string(i) + "," + std::to_string(i * i) + (i % 2 ? ",cat\n" : ",dog\n");
  }
  return text;
}

struct Case {
  std::string name;
  std::string table;      // written to t.csv
  std::string arguments;  // of the program
  int code;
  std::string message;  // part of the line
};

class BadInput : public testing::TestWithParam<Case> {};

TEST_P(BadInput, OneLineAndTheRightCode) {
  const Workplace place;
  place.write("t.csv", GetParam().table);
  const Ran ran = place.run(GetParam().arguments);
  EXPECT_EQ(ran.code, GetParam().code) << ran.err;
  EXPECT_THAT(ran.err, StartsWith("error: "));
  EXPECT_THAT(ran.err, HasSubstr(GetParam().message));
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_FALSE(place.exists("runs/t-001"));
}

std::string random_bytes() {
  std::mt19937 random(1);
  std::string bytes(5000, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::string column_of(const std::string& cell) {
  std::string text = "x,t\n";
  for (int i = 0; i < 40; ++i) text += std::to_string(i) + "," + cell + "\n";
  return text;
}

const std::string good = table_with("20,400,dog");
const std::string train = "train t.csv --target kind";

INSTANTIATE_TEST_SUITE_P(
    Data, BadInput,
    testing::Values(
        Case{"NoSuchFile", good, "train no.csv --target kind", 3, "no.csv: cannot be opened: No such file"},
        Case{"EmptyFile", "", train, 3, "t.csv: the file is empty"},
        Case{"HeaderOnly", "age,height,kind\n", train, 3, "t.csv: only a header line"},
        Case{"RaggedRow", table_with("20,400"), train, 3, "t.csv:21: 2 cells where the first row has 3"},
        Case{"TextAmongNumbers", table_with("20,tall,dog"), train, 3,
             "t.csv:21: column 'height': 'tall' is not a number"},
        Case{"UnclosedQuote", table_with("20,400,\"dog"), train, 3, "t.csv:21: a quote opens here"},
        Case{"RandomBytes", random_bytes(), train, 3, "t.csv:1: "},
        Case{"NoDate", table_with("20,400,dog"), train + " --date age", 3, "less than 95 % of its cells are dates"},
        Case{"NumericText", table_with("20,400,dog"), "train t.csv --target age --numeric kind", 3,
             "t.csv:2: column 'kind': 'cat' is not a number"},
        Case{"NegativeWeight", table_with("-20,400,dog"), train + " --weight age", 3,
             "t.csv:21: column 'age': the weight is negative"},
        Case{"MissingWeight", table_with(",400,dog"), train + " --weight age", 3,
             "t.csv:21: column 'age': the weight is missing"},
        Case{"UnknownColumn", good, train + " --categorical hieght", 3,
             "--categorical hieght: no such column (did you mean 'height'?)"},
        Case{"NoKnownTarget", column_of("?"), "train t.csv --target t", 3, "'t': it is missing in every row"},
        Case{"SeveralTextTargets", good, "train t.csv --target height,kind", 3, "several targets must all be numbers"},
        Case{"OneClassOnly", column_of("cat"), "train t.csv --target t", 3, "only one class ('cat')"},
        Case{"ConstantNumber", column_of("5.5"), "train t.csv --target t", 3, "every value is the same"},
        Case{"FewerRowsThanClasses", "x,t\n1,a\n2,b\n3,c\n", "train t.csv --target t", 3, "too few rows for its"},
        Case{"NoSuchTarget", good, "train t.csv --target knid", 3,
             "--target knid: no such column (did you mean 'kind'?)"},
        Case{"NoFeatures", "t\na\nb\na\nb\n", "train t.csv --target t", 3, "no column is left to learn from"},
        Case{"TextAsNumber", good, train + " --task regression", 3, "is text: --task regression needs numbers"},
        Case{"NoSuchModel", good, "predict no.onnx t.csv", 3, "no.onnx: "},
        Case{"NotAModel", good, "predict t.csv t.csv", 3, "t.csv: "}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Usage, BadInput,
    testing::Values(
        Case{"UnknownFlag", good, "train t.csv --tagret kind", 2, "unknown flag --tagret (did you mean '--target'?)"},
        Case{"UnknownCommand", good, "trian t.csv", 2, "unknown command 'trian' (did you mean 'train'?)"},
        Case{"NoCommand", good, "", 2, "a command is needed: train, "},
        Case{"NoTable", good, "train --target kind", 2, "a TABLE is needed"},
        Case{"NoTarget", good, "train t.csv", 2, "--target is needed"},
        Case{"NoModel", good, "evaluate", 2, "a MODEL is needed"},
        Case{"OneArgumentTooMany", good, train + " more.csv", 2, "one argument too many: 'more.csv'"},
        Case{"WordForANumber", good, train + " --epochs many", 2, "--epochs many: a whole number is needed"},
        Case{"FractionForAWhole", good, train + " --batch-size 2.5", 2, "--batch-size 2.5: a whole number is needed"},
        Case{"ZeroEpochs", good, train + " --epochs 0", 2, "--epochs: a whole number from 1 to 2147483647"},
        Case{"TooManyEpochs", good, train + " --epochs 99999999999", 2,
             "--epochs 99999999999: a whole number up to 2147483647 is needed"},
        Case{"FarTooFewEpochs", good, train + " --epochs -99999999999", 2,
             "--epochs -99999999999: a whole number of 0 or above is needed"},
        Case{"TwoHeaders", good, train + " --header --no-header", 2, "--header and --no-header: only one"},
        Case{"NegativeRate", good, train + " --learning-rate -1", 2,
             "--learning-rate: a number above 0, or auto, is needed"},
        Case{"RateNan", good, train + " --learning-rate nan", 2, "--learning-rate: a number above 0"},
        Case{"NegativeSeed", good, train + " --seed -1", 2, "--seed: "},
        Case{"Fraction", good, train + " --validation 1.5", 2, "--validation: a fraction"},
        Case{"Fractions", good, train + " --validation 0.5 --test 0.5", 2, "a sum below 1"},
        Case{"Hidden", good, train + " --hidden 16,x", 2, "--hidden 16,x: "},
        Case{"HiddenEmpty", good, train + " --hidden 16,", 2, "--hidden 16,: "},
        Case{"Activation", good, train + " --activation tahn", 2, "(did you mean 'tanh'?)"},
        Case{"Optimizer", good, train + " --optimizer adan", 2, "(did you mean 'adam'?)"},
        Case{"Task", good, train + " --task classes", 2, "'classes' is none of classification, regression"},
        Case{"Threads", good, train + " --threads 0", 2, "--threads: a number from 1 to 1024"},
        Case{"NoValue", good, "train t.csv --target", 2, "--target: a value (COLUMN) is needed behind it"},
        Case{"NoNumber", good, train + " --epochs", 2, "--epochs: a whole number is needed behind it"},
        Case{"Twice", good, train + " --epochs 1 --epochs 2", 2, "--epochs: is given more than once"},
        Case{"WordForAFlag", good, train + " --quiet=maybe", 2, "--quiet: takes no value"},
        Case{"RateWord", good, train + " --learning-rate x", 2, "--learning-rate x: a number is needed, or auto"},
        Case{"SeedTooLarge", good, train + " --seed 99999999999999999999", 2, "--seed: a whole number"},
        Case{"Graphs", good, "gradcheck --graphs -5", 2, "--graphs: a whole number, 0 or above"},
        Case{"GradcheckSeed", good, "gradcheck --seed -3", 2, "--seed: a whole number, 0 or above"},
        Case{"TwoTests", good, train + " --test 0.3 --test-data t.csv", 2, "--test and --test-data: only one"},
        Case{"ClassWeights", good, train + " --class-weights even", 2,
             "--class-weights even: there is only 'balanced'"},
        Case{"ClassWeightsOfNumbers", good, "train t.csv --target height --class-weights balanced", 2,
             "has no classes"},
        Case{"TwoRoles", good, train + " --numeric age --categorical age,height", 2,
             "column 'age' is named in --numeric and in --categorical"},
        Case{"RoleOfTheTarget", good, train + " --categorical kind", 2, "column 'kind' is no input"},
        Case{"DateOrder", good, train + " --date-order dmy", 2, "--date-order dmy: is none of year-month-day"},
        Case{"SeveralClasses", good, "train t.csv --target age,height --task classification", 2, "needs one target"},
        Case{"RunDirIsAFile", good, train + " --run-dir t.csv", 2, "--run-dir t.csv: is a file"},
        Case{"Operation", good, "gradcheck matmull", 2, "(did you mean 'matmul'?)"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(Failed, BadInput,
                         testing::Values(Case{"UnwritableFolder", good, train + " --run-dir /dev/null/run", 1,
                                              "/dev/null/run: cannot be written"}),
                         [](const auto& info) { return info.param.name; });

TEST(Diverged, ALearningRateThatIsFarTooLarge) {
  for (const char* flags : {"--learning-rate 1e10", "--learning-rate 1000", "--optimizer sgd --learning-rate 1e30"}) {
    const Workplace place;
    const Ran ran = place.run("train " + iris() + " --target petal_width --quiet " + flags);
    EXPECT_EQ(ran.code, 4) << flags;
    EXPECT_THAT(ran.err, StartsWith("error: diverged in epoch 1, step "));
    EXPECT_THAT(ran.err, HasSubstr("a smaller learning rate"));
    EXPECT_THAT(place.read("runs/iris-001/run.json"), HasSubstr("\"status\": \"diverged\""));
    EXPECT_FALSE(place.exists("runs/iris-001/model.onnx"));
  }
}

TEST(Evaluate, TextWhereTheModelPredictsNumbers) {
  const Workplace place;
  place.write("t.csv", "x,y\n1,1.5\n2,2.5\n3,3.5\n4,4.5\n");
  place.write("text.csv", "x,y\n1,low\n2,high\n");
  ASSERT_EQ(place.run("train t.csv --target y --epochs 1 --quiet --run-dir r").code, 0);
  const Ran ran = place.run("evaluate r/model.onnx text.csv");
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, StartsWith("error: text.csv:2: column 'y': 'low' is not a number"));
}

TEST(Help, ShowsExamplesFirstAndEveryFlag) {
  const Workplace place;
  const Ran ran = place.run("train --help");
  EXPECT_EQ(ran.code, 0);
  EXPECT_LT(ran.out.find("Examples:"), ran.out.find("Usage:"));
  for (const char* flag :
       {"--target",        "--no-header",   "--task",       "--hidden",  "--activation", "--optimizer",
        "--learning-rate", "--epochs",      "--batch-size", "--seed",    "--validation", "--test",
        "--test-data",     "--run-dir",     "--overwrite",  "--threads", "--json",       "--quiet",
        "--numeric",       "--categorical", "--date",       "--ignore",  "--date-order", "--tame-tails",
        "--trim-labels",   "--header"}) {
    EXPECT_THAT(ran.out, HasSubstr(flag));
  }
  EXPECT_EQ(place.run("--help").code, 0);
  EXPECT_THAT(place.run("--version").out, StartsWith("backprop "));
}

TEST(Operations, ListsTheCatalogue) {
  const Workplace place;
  EXPECT_THAT(place.run("operations").out, HasSubstr("softmax_cross_entropy"));
  EXPECT_EQ(place.run("operations --json").code, 0);
}

TEST(Gradcheck, OneOperation) {
  const Workplace place;
  const Ran ran = place.run("gradcheck tanh");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("wrong rules: "));
}

}  // namespace
}  // namespace backprop::cli
