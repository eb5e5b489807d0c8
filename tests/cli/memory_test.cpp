// Tables larger than memory: `train --memory`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "run_program.hpp"

namespace backprop::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Numbers, a category, a date and a truth, some of them missing, with a class and a number to predict.
std::string table(int rows) {
  std::string text = "day,flag,colour,x1,x2,x3,count,class,value\n";
  std::uint32_t state = 1;
  const auto uniform = [&] {
    state = state * 1664525u + 1013904223u;
    return static_cast<double>(state >> 8) / (1 << 24);
  };
  const char* const colours[] = {"red", "green", "blue", "\"a, b\"", ""};
  for (int r = 0; r < rows; ++r) {
    const double a = uniform() - 0.5, b = uniform() - 0.5, c = uniform() - 0.5;
    const auto colour = static_cast<std::size_t>(uniform() * 5);
    const double y = 4 * a * b + c + 0.2 * static_cast<double>(colour) + 0.1 * uniform();
    char line[200];
    std::snprintf(line, sizeof line, "20%02d-%02d-%02d,%s,%s,%.5f,%s,%.5f,%d,%s,%.5f\n", 10 + r % 14, 1 + r % 12,
                  1 + r % 28, r % 3 == 0 ? "yes" : "no", colours[colour], a,
                  r % 50 == 7 ? "NA" : std::to_string(b).c_str(), c, r % 3,
                  y > 0.6   ? "high"
                  : y > 0.2 ? "middle"
                            : "low",
                  y);
    text += line;
  }
  return text;
}

std::string model_of(const Workplace& place, const std::string& arguments, const std::string& run) {
  const Ran ran = place.run("train " + arguments + " --quiet --run-dir " + run);
  EXPECT_EQ(ran.code, 0) << arguments << ": " << ran.err;
  return place.read(run + "/model.onnx");
}

TEST(Memory, GivesTheModelOfATableInMemoryToTheBit) {
  const Workplace place;
  place.write("t.csv", table(5000));
  int run = 0;
  for (const std::string& flags :
       {std::string("--target class --ignore value"), std::string("--target value --ignore class"),
        std::string("--target value --ignore class --members 1"),
        std::string("--target class --ignore value --validation 0.1 --class-weights balanced"),
        std::string("--target value --ignore class --quantiles 0.1,0.9")}) {
    const std::string both = "t.csv --epochs 3 --hidden 8 " + flags;
    const std::string name = std::to_string(++run);
    const std::string expected = model_of(place, both, "memory-" + name);
    EXPECT_EQ(model_of(place, both + " --memory 64M", "disk-" + name), expected) << flags;
  }
}

// The least --memory that the program says it needs for these flags.
std::string least_memory(const Workplace& place, const std::string& flags) {
  std::string memory = "1M";
  while (true) {
    const Ran ran = place.run("train " + flags + " --print-config --memory " + memory);
    if (ran.code == 0) return memory;
    EXPECT_EQ(ran.code, 2) << ran.err;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_THAT(ran.err, StartsWith("error: --memory " + memory + ": "));
    const std::string before = "need at least ";
    memory = ran.err.substr(ran.err.find(before) + before.size());
    memory.erase(memory.find('\n'));
  }
}

TEST(Memory, TheLeastThatIsAskedForIsEnoughAndIsKept) {
  const Workplace place;
  place.write("t.csv", table(300'000));
  const std::string flags = "t.csv --target value --ignore class --hidden 8 --epochs 1";
  const std::string memory = least_memory(place, flags);
  const std::string expected = model_of(place, flags, "in-memory");
  const Ran ran = place.shell(
      "/usr/bin/env python3 -c \"import resource, subprocess, sys; code = subprocess.call(sys.argv[1:]);"
      "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)\" '" BACKPROP_PROGRAM "' train " +
      flags + " --quiet --run-dir disk --memory " + memory);
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(place.read("disk/model.onnx"), expected);
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)  // they take memory of their own
  EXPECT_LT(std::stoll(ran.out) >> 10, std::stoll(memory));
#endif
}

TEST(Memory, GoesOnAfterAnInterruptionToTheBit) {
  const Workplace place;
  place.write("t.csv", table(20'000));
  const std::string flags = "t.csv --target class --ignore value --hidden 8 --epochs 3 --checkpoint-every 0";
  const std::string expected = model_of(place, flags + " --max-steps 150", "in-memory");
  // Stopped in the middle of an epoch, and killed somewhere.
  ASSERT_EQ(place.run("train " + flags + " --max-steps 150 --max-time 0.01s --memory 64M --quiet --run-dir disk").code,
            0);
  const Ran killed = place.shell("timeout -s KILL 1 '" BACKPROP_PROGRAM "' resume disk --quiet");
  EXPECT_NE(killed.code, 2);
  const Ran ran = place.run("resume disk --quiet");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(place.read("disk/model.onnx"), expected);
  EXPECT_THAT(place.read("disk/config.toml"), HasSubstr("memory = \"64M\"\n"));
}

TEST(Memory, TakesTestDataWeightsAndTheStandardInput) {
  const Workplace place;
  place.write("t.csv", table(3000));
  place.write("u.csv", table(200));
  const std::string flags = "--target class --ignore value --hidden 8 --epochs 2 --quiet --json ";
  const auto results = [&](const std::string& command, const std::string& run) {
    const Ran ran = place.shell(command + " --run-dir " + run);
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.out.substr(0, ran.out.find("\"seconds\"")) + place.read(run + "/model.onnx");
  };
  const std::string program = "'" BACKPROP_PROGRAM "' train ";
  const std::string with_test = program + "t.csv " + flags + "--test-data u.csv --weight count ";
  EXPECT_EQ(results(with_test, "a"), results(with_test + "--memory 64M", "b"));
  const std::string from_pipe = "cat t.csv | " + program + "- " + flags;
  EXPECT_EQ(results(from_pipe, "c"), results(from_pipe + "--memory 64M", "d"));
}

TEST(Memory, SaysWhatAnEpochReadsFromDisk) {
  const Workplace place;
  place.write("t.csv", table(2000));
  const std::string flags = "train t.csv --target class --ignore value --hidden 8 --epochs 2 --json --run-dir ";
  const Ran disk = place.run(flags + "a --memory 64M");
  ASSERT_EQ(disk.code, 0) << disk.err;
  EXPECT_THAT(disk.err, HasSubstr("MB read from disk an epoch\n"));
  EXPECT_THAT(disk.out, HasSubstr("\"bytes_read_an_epoch\":"));
  EXPECT_THAT(place.run(flags + "b").out, Not(HasSubstr("bytes_read_an_epoch")));
}

TEST(Memory, WrongSizesAreRefusedInALine) {
  const Workplace place;
  for (const std::string size : {"abc", "0", "-5M", "12X", "M", "1e400", "nan", "'5 M'"}) {
    const Ran ran = place.run("train " + iris() + " --target species --memory " + size);
    EXPECT_EQ(ran.code, 2) << size;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
    EXPECT_THAT(ran.err, StartsWith("error: --memory")) << size;
  }
  EXPECT_THAT(place.run("train " + iris() + " --target species --memory 1K").err,
              StartsWith("error: --memory 1K: 150 rows and this network need at least "));
  EXPECT_THAT(place.run("train " + iris() + " --target species --memory 1G --learning-rate auto").err,
              StartsWith("error: --learning-rate auto: its trial needs the table in memory"));
  EXPECT_FALSE(place.exists("runs"));
}

TEST(Memory, AFolderThatCannotTakeTheScratchFilesIsNamed) {
  const Workplace place;
  const Ran ran =
      place.shell("TMPDIR=/no/such/folder '" BACKPROP_PROGRAM "' train " + iris() + " --target species --memory 1G");
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err,
            "error: cannot make a scratch file in /no/such/folder: No such file or directory; the variable "
            "TMPDIR names another folder\n");
}

TEST(Memory, BadCellsAreReportedAsOfATableInMemory) {
  const Workplace place;
  std::string text = table(2000);
  text.replace(text.find("\n", text.size() - 3000), 1, "\n2012-02-02,yes,red,oops,0.1,0.1,1,low,0.5\n");
  place.write("t.csv", text);
  const std::string flags = "t.csv --target value --ignore class --validation 0.1";
  const Ran memory = place.run("train " + flags), disk = place.run("train " + flags + " --memory 1G");
  EXPECT_EQ(memory.code, 3);
  EXPECT_EQ(disk.code, 3);
  EXPECT_EQ(memory.err, disk.err);
}

}  // namespace
}  // namespace backprop::cli
