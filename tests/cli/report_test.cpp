// report.html: written by train, made again by report, harmless whatever the table holds, and whole in a real browser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "run_program.hpp"

namespace backprop::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// 240 rows of numbers, texts and gaps; the column `a` says all of y and all but a few of `class`.
std::string table_of_all_kinds() {
  std::string text = "a,noise,colour,when,y,class\n";
  for (int i = 0; i < 240; ++i) {
    const int a = i * 37 % 101;
    text += std::to_string(a) + "," + (i % 9 == 0 ? "" : std::to_string(i * 53 % 17)) + "," +
            (i % 3 == 0 ? "red" : "blue") + ",2024-0" + std::to_string(1 + i % 9) + "-11," + std::to_string(3 * a + 1) +
            "," + ((a > 50) != (i % 29 == 0) ? "high" : "low") + "\n";
  }
  return text;
}

json report_json(const Workplace& place, const std::string& run) {
  return json::parse(place.read(run + "/report.json"));
}

TEST(Report, IsWrittenByTrainAndMadeAgain) {
  const Workplace place;
  place.write("iris.csv", place.shell("cat " + iris()).out);
  const Ran ran = place.run("train iris.csv --target species --epochs 30 --run-dir r");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("report:      r/report.html\n"));
  const std::string page = place.read("r/report.html");
  EXPECT_THAT(page, HasSubstr("sepal_length"));
  EXPECT_THAT(page, HasSubstr("Chart.js v"));

  const json data = report_json(place, "r");
  EXPECT_EQ(data["judged"], "test");
  EXPECT_EQ(data["columns"].size(), 5u);
  EXPECT_EQ(data["columns"][0]["role"], "target");
  EXPECT_EQ(data["columns"][1]["bins"].size(), 16u);
  EXPECT_EQ(data["roc"].size(), 3u);
  EXPECT_EQ(data["roc"][0]["points"].back(), json::parse("[1.0, 1.0]"));
  EXPECT_EQ(data["importance"]["columns"].size(), 4u);
  EXPECT_GE(data["worst"]["rows"].size(), 5u);

  // The table is no longer needed.
  ASSERT_EQ(place.shell("rm iris.csv r/report.html").code, 0);
  const Ran again = place.run("report r");
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(again.out, "r/report.html\n");
  EXPECT_EQ(place.read("r/report.html"), page);
  EXPECT_EQ(place.run("report r --json").out, "{\"report\":\"r/report.html\"}\n");
  EXPECT_EQ(place.run("report r --quiet").out, "");
}

TEST(Report, OfARunThatWasKilledShowsWhatThereIs) {
  const Workplace place;
  ASSERT_EQ(place.run("train " + iris() + " --target species --epochs 3 --run-dir r --quiet").code, 0);
  ASSERT_EQ(place.shell("rm r/report.* r/model.onnx").code, 0);
  EXPECT_EQ(place.run("report r").code, 0);
  EXPECT_THAT(place.read("r/report.html"), HasSubstr("validation_loss"));
}

TEST(Report, RefusesWhatIsNoRun) {
  const Workplace place;
  ASSERT_EQ(place.shell("mkdir empty").code, 0);
  EXPECT_EQ(place.run("report").code, 2);
  EXPECT_EQ(place.run("report nowhere").code, 2);
  const Ran ran = place.run("report empty");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("empty: holds no run that 'backprop train' began"));
}

TEST(Report, ImportanceTellsWhatCountsFromNoise) {
  const Workplace place;
  place.write("t.csv", table_of_all_kinds());
  const Ran ran = place.run("train t.csv --target y --ignore class --epochs 60 --run-dir r --quiet");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const json importance = report_json(place, "r")["importance"];
  EXPECT_EQ(importance["measure"], "rmse");
  EXPECT_EQ(importance["columns"][0]["name"], "a");
  EXPECT_GT(importance["columns"][0]["rise"], 20);  // of values from 1 to 301
  EXPECT_LT(std::abs(importance["columns"][1]["rise"].get<double>()), 10);
}

TEST(Report, HoldsNoMoreRowsOfALargeTableThanAPersonLooksAt) {
  const Workplace place;
  std::string text = "x,y\n";
  for (int i = 0; i < 15'000; ++i) text += std::to_string(i * 7919 % 15'000) + "," + std::to_string(i % 977) + ".5\n";
  place.write("t.csv", text);
  const Ran ran = place.run("train t.csv --target y --epochs 1 --hidden 4 --run-dir r --quiet");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const json data = report_json(place, "r");
  EXPECT_EQ(data["scatter"][0]["points"].size(), 2000u);
  EXPECT_EQ(data["worst"]["rows"].size(), 20u);
  EXPECT_EQ(data["importance"]["rows"], 1000);
  EXPECT_LT(place.read("r/report.json").size(), 100'000u);
}

TEST(Report, GradientsAreTheSameAfterAnInterruption) {
  const Workplace place;
  const std::string command = "train " + iris() + " --target species --epochs 60 --seed 3 --quiet";
  ASSERT_EQ(place.run(command + " --run-dir whole").code, 0);
  ASSERT_EQ(place.run(command + " --run-dir broken --max-time 0.02s").code, 0);
  ASSERT_EQ(place.run("resume broken --quiet").code, 0);
  const auto norms = [&](const std::string& run) {
    std::istringstream lines(place.read(run + "/metrics.jsonl"));
    std::string text;
    for (std::string line; std::getline(lines, line);) {
      const json epoch = json::parse(line);
      if (epoch.contains("gradient_norm")) text += epoch["epoch"].dump() + epoch["gradient_norm"].dump() + "\n";
    }
    return text;
  };
  const std::string whole = norms("whole");
  EXPECT_EQ(std::count(whole.begin(), whole.end(), '\n'), 60);  // of each of the 60: at most 100
  EXPECT_THAT(whole, HasSubstr("1{\"dense_1\":"));
  EXPECT_EQ(norms("broken"), whole);
}

// Whatever stands in a table is text: no name of a column or a class and no cell ends the script or becomes markup.
std::string hostile_table() {
  std::string text = "<script>alert(1)</script>,</script><img src=x onerror=alert(2)>,<b>t</b>\n";
  for (int i = 0; i < 60; ++i) {
    text += std::to_string(i) + "," + (i % 2 ? "<!--<script>" : "\"\"\"><svg onload=alert(3)>\"") + "," +
            (i % 3 ? "</script><script>alert(4)</script>" : "{{DATA}}") + "\n";
  }
  return text;
}

TEST(Report, TextOfTheTableIsNeverMarkup) {
  const Workplace place;
  place.write("t.csv", hostile_table());
  const Ran ran = place.run("train t.csv --target last --epochs 5 --run-dir r --quiet");
  ASSERT_EQ(ran.code, 0) << ran.err;
  const std::string page = place.read("r/report.html");
  for (const char* markup : {"<script>alert", "</script><img", "<svg onload", "<b>t"}) {
    EXPECT_THAT(page, Not(HasSubstr(markup)));
  }
}

// A page with every part, for classes and for numbers, and one of the hostile table.
TEST(Report, IsWholeInABrowser) {
  const Workplace place;
  if (place.shell("command -v chromium && command -v python3").code != 0) {
    const char* const ci = std::getenv("CI");
    ASSERT_TRUE(ci == nullptr || *ci == '\0') << "the package chromium is missing";
    GTEST_SKIP() << "no chromium to look at the page with";
  }
  place.write("t.csv", table_of_all_kinds());
  place.write("hostile.csv", hostile_table());
  for (const char* run : {"train t.csv --target class --ignore y --run-dir classes",
                          "train t.csv --target y --hidden 64,64 --run-dir numbers",
                          "train hostile.csv --target last --run-dir hostile"}) {
    const Ran ran = place.run(std::string(run) + " --epochs 20 --quiet");
    ASSERT_EQ(ran.code, 0) << ran.err;
  }
  const Ran ran =
      place.shell("python3 " BACKPROP_SOURCE_DIR
                  "/tests/cli/look_at_report.py classes/report.html numbers/report.html hostile/report.html");
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out,
              HasSubstr("classes/report.html: 5 canvases, sections quality data learning predictions importance "
                        "worst use"));
  EXPECT_THAT(ran.out, HasSubstr("numbers/report.html: 5 canvases"));
}

}  // namespace
}  // namespace backprop::cli
