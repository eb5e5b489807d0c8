// Runs that are interrupted, repeated and resumed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "run_program.hpp"
#include "tests/support/python.hpp"

namespace backprop::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string program = "'" BACKPROP_PROGRAM "'";

std::vector<json> metrics(const Workplace& place, const std::string& run) {
  std::vector<json> list;
  std::istringstream stream(place.read(run + "/metrics.jsonl"));
  for (std::string line; std::getline(stream, line);) list.push_back(json::parse(line));
  return list;
}

// Levenberg-Marquardt keeps no checkpoint: it takes seconds, and begins again.
TEST(LevenbergMarquardt, RepeatsAndResumesToTheBit) {
  const Workplace place;
  std::string table = "a,b,y\n";
  for (int i = 0; i < 60; ++i) {
    table += std::to_string(i % 7) + "," + std::to_string(i % 11) + "," + std::to_string((i % 7) * (i % 11)) + "\n";
  }
  place.write("t.csv", table);
  const std::string solve = "train t.csv --target y --optimizer levenberg_marquardt ";
  const std::string command = solve + "--hidden 6 --epochs 12 ";
  const Ran ran = place.run(command + "--run-dir a --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_GT(json::parse(ran.out)["test"]["r2"], 0.98);
  EXPECT_THAT(ran.err, HasSubstr("network 2-6-1, tanh, levenberg_marquardt, 5 members"));
  EXPECT_EQ(metrics(place, "a").size(), json::parse(ran.out)["epochs"]);
  ASSERT_EQ(place.run("train --config a/config.toml --run-dir b --quiet --threads 1").code, 0);
  EXPECT_EQ(place.read("a/model.onnx"), place.read("b/model.onnx"));
  ASSERT_EQ(place.run(command + "--run-dir m --quiet --memory 512M").code, 0);
  EXPECT_EQ(place.read("a/model.onnx"), place.read("m/model.onnx"));
  const Ran short_run = place.run(command + "--run-dir c --quiet --max-time 0.001s");
  ASSERT_EQ(short_run.code, 0) << short_run.err;
  EXPECT_NE(place.read("a/model.onnx"), place.read("c/model.onnx"));
  ASSERT_EQ(place.run("resume c --quiet").code, 0);
  EXPECT_EQ(place.read("a/model.onnx"), place.read("c/model.onnx"));

  const auto refused = [&](const std::string& flags, const std::string& why) {
    const Ran bad = place.run(solve + "--overwrite --run-dir d " + flags);
    EXPECT_EQ(bad.code, 2) << flags;
    EXPECT_THAT(bad.err, HasSubstr("--optimizer levenberg_marquardt: " + why)) << flags;
  };
  refused("--learning-rate 0.1", "takes all rows");
  refused("--batch-size 8", "takes all rows");
  refused("--task classification", "it learns numbers, not classes");
  refused("--quantiles 0.1,0.9", "it learns one number a row");
  refused("--validation 0.2", "its members judge each other");
  refused("--hidden 200,200", "41001 parameters are too many, 2000 can be");
}

TEST(Config, RepeatsARunToTheBit) {
  const Workplace place;
  ASSERT_EQ(place
                .run("train " + iris() +
                     " --target species --epochs 7 --hidden 5 --optimizer nadam --seed 3 "
                     "--learning-rate 0.0123456789 --run-dir a --quiet")
                .code,
            0);
  const Ran ran = place.run("train --config a/config.toml --run-dir b --quiet");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(place.read("a/model.onnx"), place.read("b/model.onnx"));
  EXPECT_EQ(place.read("a/config.toml"), place.read("b/config.toml"));
  EXPECT_THAT(place.read("a/config.toml"), HasSubstr("learning-rate = 0.0123456789\n"));
  // From another folder, too.
  EXPECT_EQ(place.shell("mkdir c && cd c && " + program + " train --config ../a/config.toml --quiet --run-dir d").code,
            0);
  EXPECT_EQ(place.read("a/model.onnx"), place.read("c/d/model.onnx"));
}

TEST(Config, FlagsWinOverTheFile) {
  const Workplace place;
  place.write("c.toml",
              "target = 'species'\nepochs = 3  # few\nhidden = \"8\"\nlearning-rate = 1e-2\nno-header = false\n");
  const Ran shown = place.run("train " + iris() + " --config c.toml --epochs 5 --print-config");
  ASSERT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, testing::AllOf(HasSubstr("target = \"species\"\n"), HasSubstr("hidden = \"8\"\n")));
  EXPECT_THAT(shown.out, HasSubstr("learning-rate = 0.01\nepochs = 5\nbatch-size = 64\nmembers = 5\n"));
  EXPECT_EQ(shown.err, "");
  EXPECT_FALSE(place.exists("runs"));
  // What is shown is the configuration, resolved: the same again.
  place.write("shown.toml", shown.out);
  EXPECT_EQ(place.run("train --config shown.toml --print-config").out, shown.out);
}

// While two networks are compared there is no checkpoint yet.
TEST(Resume, ComparesTheNetworksAnewAfterAnInterruption) {
  const Workplace place;
  // So many rows that the comparison is not over before it is seen to have begun.
  place.shell("head -n 1 " + iris() + " > table.csv; for i in 1 2 3 4 5 6; do tail -n +2 " + iris() +
              " >> table.csv; done");
  const std::string train = "train table.csv --target species --quiet --run-dir ";
  const Ran ran =
      place.shell(program + " " + train +
                  "cut & pid=$!; until [ -s cut/config.toml ]; do sleep 0.01; done; kill -INT $pid; wait $pid");
  EXPECT_EQ(ran.code, 130) << ran.err;
  EXPECT_EQ(json::parse(place.read("cut/run.json"))["status"], "interrupted");
  EXPECT_FALSE(place.exists("cut/model.onnx"));
  EXPECT_THAT(place.read("cut/config.toml"), Not(HasSubstr("hidden")));
  ASSERT_EQ(place.run("resume cut --quiet").code, 0);
  ASSERT_EQ(place.run(train + "whole").code, 0);
  EXPECT_EQ(place.read("cut/model.onnx"), place.read("whole/model.onnx"));
  EXPECT_EQ(place.read("cut/config.toml"), place.read("whole/config.toml"));
}

TEST(Config, ErrorsNameFileLineAndColumn) {
  const Workplace place;
  const auto refused = [&](const std::string& text) {
    place.write("c.toml", text);
    const Ran ran = place.run("train " + iris() + " --target species --config c.toml");
    EXPECT_EQ(ran.code, 2) << text;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    return ran.err;
  };
  EXPECT_THAT(refused("epochs = 3\nhiden = \"8\"\n"),
              StartsWith("error: c.toml:2:1: 'hiden' is no flag of train (did you mean 'hidden'?)"));
  EXPECT_THAT(refused("epochs = \"many\"\n"), StartsWith("error: c.toml:1:10: epochs: a whole number is needed"));
  EXPECT_THAT(refused("epochs = true\n"), StartsWith("error: c.toml:1:10: epochs: a number or a text is needed"));
  EXPECT_THAT(refused("no-header = 3\n"), StartsWith("error: c.toml:1:13: no-header: true or false is needed"));
  EXPECT_THAT(refused("a = 1\na = 2\n"), StartsWith("error: c.toml:2:"));
  EXPECT_THAT(refused("epochs = \n"), StartsWith("error: c.toml:1:"));
  EXPECT_THAT(refused("[epochs]\nx = 1\n"), StartsWith("error: c.toml:1:1: epochs: a number, a text, true or false"));
  EXPECT_THAT(refused("epochs = \"\xff\"\n"), StartsWith("error: c.toml:1:"));
  EXPECT_THAT(refused(std::string(5000, '[')), StartsWith("error: c.toml:1:"));
  EXPECT_THAT(refused("config = \"c.toml\"\n"), StartsWith("error: c.toml:1:1: 'config' is no flag"));
  EXPECT_EQ(place.run("train " + iris() + " --config missing.toml").code, 3);
}

TEST(Resume, GoesOnAfterCtrlC) {
  const Workplace place;
  const std::string flags =
      " --target species --epochs 800 --members 1 --validation 0 --optimizer adamax --seed 2 --threads 2 ";
  ASSERT_EQ(place.run("train " + iris() + flags + "--run-dir whole --quiet").code, 0);
  const Ran stopped = place.shell(program + " train " + iris() + flags +
                                  "--run-dir r & pid=$!; until [ -s r/metrics.jsonl ]; do sleep 0.01; done; kill -INT "
                                  "$pid; wait $pid");
  ASSERT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("interrupted at step "));
  EXPECT_THAT(stopped.err, HasSubstr(" resume r' goes on"));
  EXPECT_EQ(json::parse(place.read("r/run.json"))["status"], "interrupted");
  EXPECT_EQ(place.run("evaluate r/model.onnx " + iris()).code, 0);
  const Ran resumed = place.run("resume r --threads 1 --json");
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(place.read("r/model.onnx"), place.read("whole/model.onnx"));
  EXPECT_EQ(json::parse(resumed.out)["epochs"], 800);
  // An object an epoch, none missing and none twice.
  const std::vector<json> lines = metrics(place, "r"), whole = metrics(place, "whole");
  ASSERT_EQ(lines.size(), 800u);
  for (std::size_t e = 0; e < lines.size(); ++e) {
    ASSERT_EQ(lines[e]["epoch"], e + 1);
    ASSERT_EQ(lines[e]["loss"], whole[e]["loss"]);
  }
}

TEST(Resume, SecondCtrlCEndsAtOnce) {
  const Workplace place;
  const Ran ran =
      place.shell(program + " train " + iris() +
                  " --target species --epochs 1000000 --members 1 --validation 0 --run-dir r & pid=$!; until [ -s "
                  "r/metrics.jsonl ]; do sleep 0.01; done; kill -INT $pid; kill -INT $pid; wait $pid");
  EXPECT_EQ(ran.code, 130);
}

TEST(Resume, OfAFinishedRunPrintsTheResult) {
  const Workplace place;
  const Ran trained = place.run("train " + iris() + " --target species --epochs 3 --run-dir r");
  ASSERT_EQ(trained.code, 0);
  const std::string model = place.read("r/model.onnx"), state = place.read("r/run.json");
  const Ran resumed = place.run("resume r");
  EXPECT_EQ(resumed.code, 0);
  EXPECT_THAT(resumed.out, StartsWith("train:       accuracy "));
  EXPECT_THAT(resumed.err, HasSubstr("r: the run is finished"));
  EXPECT_EQ(json::parse(place.run("resume r --json").out), json::parse(state)["result"]);
  EXPECT_EQ(place.read("r/model.onnx"), model);
  EXPECT_EQ(place.read("r/run.json"), state);
}

TEST(Resume, RefusesChangedData) {
  const Workplace place;
  ASSERT_EQ(place.shell("cp " + iris() + " t.csv").code, 0);
  ASSERT_EQ(place.run("train t.csv --target species --epochs 1000000 --max-time 0.001s --run-dir r --quiet").code, 0);
  ASSERT_EQ(place.shell("echo 5.1 >> t.csv").code, 0);  // no row of a table, even
  const Ran ran = place.run("resume r");
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("t.csv: is not the data that the run r began with"));
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1);
  ASSERT_EQ(place.shell("rm t.csv").code, 0);
  EXPECT_EQ(place.run("resume r").code, 3);
  // run.json has what sha256sum says.
  const std::string hash = json::parse(place.read("r/run.json"))["data"][0]["sha256"];
  EXPECT_THAT(place.shell("sha256sum " + iris()).out, StartsWith(hash));
}

TEST(Resume, RefusesARunInUse) {
  const Workplace place;
  const Ran ran =
      place.shell(program + " train " + iris() +
                  " --target species --epochs 1000000 --validation 0 --run-dir r --quiet & pid=$!; until [ -s "
                  "r/metrics.jsonl ]; do sleep 0.01; done; " +
                  program + " resume r 2>refused; echo $?; " + program + " train " + iris() +
                  " --target species --run-dir r --overwrite 2>refused2; echo "
                  "$?; kill -9 $pid");
  EXPECT_EQ(ran.out, "2\n2\n");
  EXPECT_EQ(place.read("refused"), "error: r: another process is working on this run\n");
  EXPECT_EQ(place.read("refused2"), "error: r: another process is working on this run\n");
}

TEST(Resume, RefusesWhatIsNoRun) {
  const Workplace place;
  EXPECT_EQ(place.run("resume").code, 2);
  EXPECT_EQ(place.run("resume nothing").err, "error: nothing: no such folder: a run's folder is needed\n");
  place.shell("mkdir empty");
  EXPECT_EQ(place.run("resume empty").err, "error: empty: holds no run that 'backprop train' began\n");
  ASSERT_EQ(place.run("train " + iris() + " --target species --epochs 2 --run-dir r --quiet").code, 0);
  place.shell("cp -r r s && echo '{}' > s/run.json");
  EXPECT_EQ(place.run("resume s").code, 3);
  place.shell("rm -r s && cp -r r s && sed -i 's/finished/running/' s/run.json && echo 'epoch = 3' >> s/config.toml");
  EXPECT_THAT(place.run("resume s").err, HasSubstr("s/config.toml:"));
  place.shell(
      "rm -r s && cp -r r s && sed -i 's/finished/running/' s/run.json && truncate -s 999 s/checkpoint.safetensors");
  const Ran cut = place.run("resume s");
  EXPECT_EQ(cut.code, 3);
  EXPECT_THAT(cut.err, HasSubstr("s/checkpoint.safetensors: the file ends within its header"));
}

TEST(MaxTime, SavesRecordsTheStepAndGoesOn) {
  const Workplace place;
  const std::string flags = " --target species --epochs 1500 --members 1 --validation 0 --batch-size 16 ";
  const Ran ran = place.run("train " + iris() + flags + "--max-time 0.02s --run-dir r --json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("--max-time is over at step "));
  const std::int64_t steps = json::parse(ran.out)["steps"];
  const std::string config = place.read("r/config.toml"), model = place.read("r/model.onnx");
  EXPECT_THAT(config, HasSubstr("max-steps = " + std::to_string(steps) + "  # where --max-time ended the run\n"));
  EXPECT_THAT(config, Not(HasSubstr("max-time =")));
  ASSERT_EQ(place.run("train --config r/config.toml --run-dir again --quiet").code, 0);
  EXPECT_EQ(place.read("again/model.onnx"), model);
  // On, to where it would have come without a limit.
  ASSERT_EQ(place.run("resume r --max-time 0.02 --quiet").code, 0);
  ASSERT_EQ(place.run("resume r --quiet").code, 0);
  EXPECT_THAT(place.read("r/config.toml"), Not(HasSubstr("max-steps")));
  ASSERT_EQ(place.run("train " + iris() + flags + "--run-dir whole --quiet").code, 0);
  EXPECT_EQ(place.read("r/model.onnx"), place.read("whole/model.onnx"));
  EXPECT_EQ(metrics(place, "r").size(), 1500u);
}

TEST(RunFolder, GoesOnFromAnotherFolder) {
  const Workplace place;
  place.write("t.csv", place.shell("cat " + iris()).out);
  ASSERT_EQ(place.run("train t.csv --target species --epochs 400 --max-time 0.001s --run-dir r --quiet").code, 0);
  ASSERT_EQ(place.run("train t.csv --target species --epochs 40 --run-dir whole --quiet").code, 0);
  place.shell("mkdir elsewhere");
  const std::string go = "cd elsewhere && " BACKPROP_PROGRAM " ";
  const Ran resumed = place.shell(go + "resume ../r --quiet");
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  const Ran again = place.shell(go + "train --config ../whole/config.toml --run-dir s --quiet");
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(place.read("elsewhere/s/model.onnx"), place.read("whole/model.onnx"));
}

TEST(RunFolder, CheckpointHasTheHeaderThatTheDocumentShows) {
  const Workplace place;
  ASSERT_EQ(place
                .run("train " + iris() +
                     " --target species --hidden 8 --epochs 20 --optimizer sgd --members 1 --batch-size 32 --quiet")
                .code,
            0);
  const std::string file = place.read("runs/iris-001/checkpoint.safetensors");
  std::istringstream document(place.shell("cat " BACKPROP_SOURCE_DIR "/docs/run_folder.md").out);
  int shown = 0;
  for (std::string line; std::getline(document, line);) {
    const bool tensor = line.find("\"data_offsets\"") != std::string::npos;
    if (!tensor) continue;
    ++shown;
    EXPECT_THAT(file, HasSubstr(line));
  }
  EXPECT_EQ(shown, 8);
  EXPECT_EQ(file.substr(8 + static_cast<unsigned char>(file[0]) + 256 * static_cast<std::size_t>(file[1]), 8),
            std::string("\0\0\0\0\0\0\x4e\x40", 8));
}

// Killed, and resumed: the files of a whole run and of one in pieces are read by safetensors and TensorBoard.
TEST(RunFolder, OpensInPython) {
  if (python().empty())
    GTEST_SKIP() << "no Python with safetensors and tensorboard: tools/python_environment.sh makes one";
  const Workplace place;
  const std::string script = python() + " " BACKPROP_SOURCE_DIR "/tests/cli/check_run_folder.py ";
  // Long enough that the kill comes in time on a busy machine.
  const std::string flags =
      " --target species --epochs 400 --hidden 32,32 --batch-size 16 --checkpoint-every 0 --quiet --run-dir ";
  ASSERT_EQ(place.run("train " + iris() + " --target species --epochs 5 --quiet --run-dir whole").code, 0);
  EXPECT_THAT(place.shell(script + "whole 2>&1").out, HasSubstr("5 epochs in 1 event files\n"));
  place.shell(program + " train " + iris() + flags +
              "r & pid=$!; until [ $(wc -l <r/metrics.jsonl) -gt 20 ]; do sleep "
              "0.01; done; kill -9 $pid");
  ASSERT_EQ(place.run("resume r --quiet").code, 0);
  EXPECT_THAT(place.shell(script + "r 2>&1").out, HasSubstr("epochs in 2 event files\n"));
}

TEST(MaxTime, RefusesWhatIsNoTime) {
  const Workplace place;
  for (const char* wrong : {"abc", "10x", "-3s", "1h 30m", "5 5", "''", "1e999", "10m5"}) {
    const Ran ran = place.run("train " + iris() + " --target species --max-time " + wrong);
    EXPECT_EQ(ran.code, 2) << wrong << ran.err;
  }
  EXPECT_THAT(place.run("train " + iris() + " --target species --max-time 10x").err,
              HasSubstr("--max-time 10x: a time is needed, such as 90s, 10m, 1h30m or 2d"));
}

TEST(Overwrite, LeavesNothingOfTheOldRunButItsModel) {
  const Workplace place;
  ASSERT_EQ(place.run("train " + iris() + " --target species --epochs 9 --run-dir r --quiet").code, 0);
  ASSERT_EQ(place.run("train " + iris() + " --target species --epochs 2 --run-dir r --quiet --overwrite").code, 0);
  EXPECT_EQ(metrics(place, "r").size(), 2u);
  EXPECT_EQ(place.shell("ls r/events.out.tfevents.* | wc -l").out, "1\n");
}

// The values explode in one of many columns from a row on, so that a net that learns too fast meets them in mid-run.
TEST(Diverged, NamesOperationStepAndRowsAndKeepsTheState) {
  const Workplace place;
  std::string text = "a,b,y\n";
  for (int i = 0; i < 200; ++i) {
    text += std::to_string(i % 7) + "," + std::to_string(i % 11) + "," + std::to_string((i * 37) % 19) + "\n";
  }
  place.write("t.csv", text);
  const Ran ran = place.run(
      "train t.csv --target y --task regression --hidden 16 --activation relu --optimizer sgd "
      "--learning-rate 1e6 --run-dir r --checkpoint-every 0");
  EXPECT_EQ(ran.code, 4) << ran.err;
  EXPECT_THAT(ran.err, testing::ContainsRegex(
                           "error: diverged in epoch 1, step [0-9]+: \\[[a-z_]+\\] made the first (NaN|infinity)"));
  EXPECT_THAT(ran.err, testing::ContainsRegex("on rows [0-9]+, [0-9]+, .* and [0-9]+ more of the table"));
  const json state = json::parse(place.read("r/run.json"));
  EXPECT_EQ(state["status"], "diverged");
  EXPECT_GE(state["rows"].size(), 1u);
  EXPECT_TRUE(place.exists("r/checkpoint.safetensors"));
  // It diverges again, in the same step.
  const Ran again = place.run("resume r --quiet");
  EXPECT_EQ(again.code, 4);
  EXPECT_THAT(ran.err, HasSubstr(again.err));
}

}  // namespace
}  // namespace backprop::cli
