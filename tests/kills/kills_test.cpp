// A run may end at any moment, by a kill or because the disk fails: it goes on to the same model, byte for byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include "formats/safetensors.hpp"
#include "run.hpp"

namespace backprop::kills {
namespace {

// A checkpoint after every step: each kind of call of every file of a run, several times.
std::vector<std::string> short_run(const std::string& epochs = "2") {
  return {"--epochs", epochs, "--batch-size", "60", "--hidden", "4", "--threads", "1", "--checkpoint-every", "0"};
}

class Traced : public testing::Test {
 protected:
  void SetUp() override {
    if (!can_trace()) GTEST_SKIP() << "system calls cannot be traced here";
  }
};

Fate made(const Call&) { return {}; }

int count_calls(const TestedRun& run, std::map<std::string, int>* kinds = nullptr) {
  int calls = 0;
  const Ended end = trace(run.train(), run.place(), run.folder(), [&](const Call& call) {
    calls = call.number;
    if (kinds != nullptr) ++(*kinds)[call.name];
    return made(call);
  });
  EXPECT_EQ(end.code, 0) << end.err;
  run.clear();
  return calls;
}

TEST_F(Traced, KilledAtEverySystemCallOnTheRunsFiles) {
  const TestedRun run(short_run());
  std::map<std::string, int> kinds;
  const int calls = count_calls(run, &kinds);
  for (const char* kind : {"openat", "write", "fsync", "rename", "close"}) EXPECT_GE(kinds[kind], 5) << kind;
  for (int n = 1; n <= calls; ++n) {
    run.clear();
    std::string at;
    const Ended end = trace(run.train(), run.place(), run.folder(), [&](const Call& call) {
      if (call.number != n) return made(call);
      at = call.name + " of " + call.path;
      return Fate{Fate::Kind::killed};
    });
    EXPECT_EQ(end.code, -1) << at;
    EXPECT_EQ(run.finish(), "") << "killed at call " << n << ", " << at;
  }
  std::printf("killed at each of %d system calls\n", calls);
}

// Half of a file written, then killed.
TEST_F(Traced, KilledWithinEveryWrite) {
  const TestedRun run(short_run());
  int writes = 0;
  trace(run.train(), run.place(), run.folder(), [&](const Call& call) {
    writes += call.bytes > 1 ? 1 : 0;
    return made(call);
  });
  for (int n = 1; n <= writes; ++n) {
    run.clear();
    int seen = 0;
    std::string at;
    trace(run.train(), run.place(), run.folder(), [&](const Call& call) {
      if (seen == n) return Fate{Fate::Kind::killed};  // the call behind the short one
      if (call.bytes <= 1 || ++seen != n) return made(call);
      at = call.path;
      return Fate{Fate::Kind::shortened};
    });
    EXPECT_EQ(run.finish(), "") << "killed within write " << n << ", of " << at;
  }
}

// Each call fails once. A run must then either be unharmed or say in one line which file could not be written and why,
// with exit code 1; what it had saved is whole, and it goes on from there.
void fail_each_call(const TestedRun& run, int error, const std::set<std::string>& must_fail) {
  const int calls = count_calls(run);
  for (int n = 1; n <= calls; ++n) {
    run.clear();
    std::string at;
    bool matters = false;
    const Ended end = trace(run.train(), run.place(), run.folder(), [&](const Call& call) {
      if (call.number != n) return made(call);
      at = call.name + " of " + call.path;
      matters = must_fail.contains(call.name) || (call.name == "openat" && call.creates);
      return Fate{Fate::Kind::fails, error};
    });
    SCOPED_TRACE("call " + std::to_string(n) + ", " + at);
    if (end.code == 0 && !matters) {
      EXPECT_EQ(run.wrong_with_model(), "");
      continue;
    }
    EXPECT_EQ(end.code, 1);
    EXPECT_THAT(end.err, testing::StartsWith("error: "));
    EXPECT_THAT(end.err, testing::HasSubstr("run"));
    EXPECT_THAT(end.err, testing::HasSubstr(std::strerror(error)));
    EXPECT_EQ(std::count(end.err.begin(), end.err.end(), '\n'), 1) << end.err;
    EXPECT_EQ(run.finish(), "");
  }
}

TEST_F(Traced, FullDiskAtEveryCall) { fail_each_call(TestedRun(short_run("1")), ENOSPC, {"write", "mkdir", "rename"}); }

TEST_F(Traced, ErrorOfTheDiskAtEveryCall) {
  fail_each_call(TestedRun(short_run("1")), EIO, {"write", "fsync", "rename"});
}

TEST_F(Traced, FolderThatBecomesReadOnlyAtEveryCall) {
  fail_each_call(TestedRun(short_run("1")), EROFS, {"write", "mkdir", "rename"});
}

TEST_F(Traced, ShortWritesLoseNothing) {
  const TestedRun run(short_run());
  const Ended end = trace(run.train(), run.place(), run.folder(), [&](const Call& call) {
    return call.number % 3 != 0 || call.bytes < 2 ? made(call) : Fate{Fate::Kind::shortened};
  });
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_EQ(run.wrong_with_model(), "");
}

// From the failing write on, for ever: the checkpoint before it is still the one that was written.
TEST_F(Traced, DiskThatStaysFullLeavesTheOldCheckpoint) {
  const TestedRun run(short_run());
  int renames = 0;
  const Ended end = trace(run.train(), run.place(), run.folder(), [&](const Call& call) {
    renames += call.name == "rename" && call.path.find("checkpoint") != std::string::npos ? 1 : 0;
    return renames < 3 || call.name != "write" ? made(call) : Fate{Fate::Kind::fails, ENOSPC};
  });
  EXPECT_EQ(end.code, 1);
  EXPECT_THAT(end.err, testing::HasSubstr("No space left on device"));
  EXPECT_EQ(read_safetensors(run.folder() + "/checkpoint.safetensors").metadata.at("step"), "3");
  EXPECT_EQ(run.finish(), "");
}

TEST(Kills, AtRandomMoments) { EXPECT_TRUE(kill_at_random(20, 1)); }

}  // namespace
}  // namespace backprop::kills
