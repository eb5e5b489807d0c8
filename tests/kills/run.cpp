#include "run.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "backprop/optimisers.hpp"
#include "base/philox.hpp"

namespace backprop::kills {
namespace {

namespace fs = std::filesystem;

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> join(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string in_words(const std::vector<std::string>& flags) {
  std::string text;
  for (const std::string& flag : flags) text += (text.empty() ? "" : " ") + flag;
  return text;
}

}  // namespace

TestedRun::TestedRun(std::vector<std::string> flags) : flags_(std::move(flags)) {
  std::string name = fs::temp_directory_path() / "backprop-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  place_ = name;
  const auto start = std::chrono::steady_clock::now();
  const Ended whole = run_for(train(), place_);
  seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  expected_ = read(folder() + "/model.onnx");
  if (whole.code != 0 || expected_.empty()) throw std::runtime_error("the training failed: " + whole.err);
  clear();
}

TestedRun::~TestedRun() {
  std::error_code ignored;
  fs::remove_all(place_, ignored);
}

std::vector<std::string> TestedRun::train() const {
  return join({BACKPROP_PROGRAM, "train", BACKPROP_SOURCE_DIR "/data/iris.csv", "--target", "species", "--run-dir",
               "run", "--members", "2", "--quiet"},
              flags_);
}

std::vector<std::string> TestedRun::resume() const { return {BACKPROP_PROGRAM, "resume", "run", "--quiet"}; }

void TestedRun::clear() const { fs::remove_all(folder()); }

std::string TestedRun::finish() const {
  const bool begun = fs::exists(folder() + "/config.toml");
  const Ended end = run_for(begun ? resume() : join(train(), {"--overwrite"}), place_);
  if (end.code != 0) return "exit code " + std::to_string(end.code) + ": " + end.err;
  return wrong_with_model();
}

std::string TestedRun::wrong_with_model() const {
  const std::string model = read(folder() + "/model.onnx");
  if (model.empty()) return "there is no model";
  return model == expected_ ? "" : "the model's bytes differ";
}

bool kill_at_random(int times, std::uint64_t seed) {
  const RandomStream random(seed, 0, 0);
  std::uint64_t draws = 0;
  const auto below = [&](std::size_t n) {
    return static_cast<std::size_t>(random.uniform(draws++) * static_cast<double>(n));
  };
  const auto optimisers = optimiser_names();
  std::unique_ptr<TestedRun> run;
  int resumed = 0, begun_again = 0, too_late = 0, wrong = 0;
  for (int i = 0; i < times; ++i) {
    if (i % 10 == 0) {
      const bool every_step = below(2) == 0;  // few steps then: the disk takes its time for each
      run = std::make_unique<TestedRun>(
          std::vector<std::string>{"--optimizer", std::string(optimisers[below(optimisers.size())]), "--epochs",
                                   std::to_string(every_step ? 3 : 50 + below(100)), "--batch-size",
                                   std::to_string(8 + below(30)), "--seed", std::to_string(below(1000)), "--threads",
                                   std::to_string(1 + below(4)), "--checkpoint-every", every_step ? "0" : "0.02s"});
    }
    run->clear();
    bool again = true;
    for (std::size_t kills = 1 + below(3); again && kills > 0; --kills) {
      const bool begun = fs::exists(run->folder() + "/config.toml");
      const Ended end = run_for(begun ? run->resume() : join(run->train(), {"--overwrite"}), run->place(),
                                random.uniform(draws++) * 1.1 * run->seconds());
      again = end.code == -1;
    }
    ++(again ? fs::exists(run->folder() + "/checkpoint.safetensors") ? resumed : begun_again : too_late);
    const std::string problem = run->finish();
    if (problem.empty()) continue;
    ++wrong;
    std::printf("kill %d: %s (%s)\n", i, problem.c_str(), in_words(run->train()).c_str());
  }
  std::printf(
      "%d runs killed at random moments: %d resumed from a checkpoint, %d begun again, %d had ended; %d wrong\n", times,
      resumed, begun_again, too_late, wrong);
  return wrong == 0;
}

}  // namespace backprop::kills
