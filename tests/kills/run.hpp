// A training with its folder, and the model that it must come to. Thread safety: one thread.
#pragma once
#include <string>
#include <vector>

#include "traced.hpp"

namespace backprop::kills {

class TestedRun {
 public:
  explicit TestedRun(std::vector<std::string> flags);
  ~TestedRun();
  TestedRun(const TestedRun&) = delete;
  TestedRun& operator=(const TestedRun&) = delete;

  std::vector<std::string> train() const;  // the commands
  std::vector<std::string> resume() const;
  std::string place() const { return place_; }
  std::string folder() const { return place_ + "/run"; }
  const std::string& expected() const { return expected_; }  // the model of a run that nothing interrupts, as bytes
  double seconds() const { return seconds_; }                // that it took

  void clear() const;  // the folder
  // Resumes, or begins again where nothing had begun, and gives what is wrong with the model; "": nothing.
  std::string finish() const;
  std::string wrong_with_model() const;

 private:
  std::string place_;
  std::vector<std::string> flags_;
  std::string expected_;
  double seconds_ = 0;
};

// Kills so many runs, with varying flags, at random moments, some of them several times, and resumes them; prints how
// many were resumed from a checkpoint. True when every model had the bytes of the run that nothing interrupted.
bool kill_at_random(int times, std::uint64_t seed);

}  // namespace backprop::kills
