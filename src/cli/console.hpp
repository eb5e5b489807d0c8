// Messages to a person, on the standard error; standard output belongs to data.
// Thread safety: used by the main thread only.
#pragma once
#include <string>

namespace backprop::cli {

class Console {
 public:
  explicit Console(bool quiet);

  void say(const std::string& line);   // nothing when quiet
  void warn(const std::string& line);  // "warning: ...", nothing when quiet
  // Replaces the progress line. Only a terminal has one: elsewhere nothing is shown.
  void progress(const std::string& line);
  void end_progress();
  bool animated() const { return animated_; }

 private:
  bool quiet_;
  bool animated_;
  bool in_progress_ = false;
};

}  // namespace backprop::cli
