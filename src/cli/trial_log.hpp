// The record of a search on disk: a line for each trial, so that a search that was interrupted goes on where it was.
// Thread safety: used by the main thread only.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "cli/search.hpp"

namespace backprop::cli {

class TrialLog {
 public:
  // Opens the file, or begins it with `search`, which says what is searched. Trials that it holds are told to
  // `halving`; a last line that was cut short is forgotten. Throws UsageError when it is of another search, DataError
  // when it is malformed, Error when it cannot be written.
  TrialLog(std::string path, const nlohmann::ordered_json& search, SuccessiveHalving& halving);
  ~TrialLog();
  TrialLog(const TrialLog&) = delete;
  TrialLog& operator=(const TrialLog&) = delete;

  // Adds a line; it is on the disk when this returns.
  void add(Trial trial, const Setting& setting, double score);

 private:
  void write(const std::string& line);
  std::string path_;
  int file_ = -1;
};

}  // namespace backprop::cli
