#include "cli/console.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace backprop::cli {

Console::Console(bool quiet) : quiet_(quiet) {
  const char* term = std::getenv("TERM");
  animated_ = !quiet && isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

void Console::say(const std::string& line) {
  end_progress();
  if (!quiet_) std::fprintf(stderr, "%s\n", line.c_str());
}

void Console::warn(const std::string& line) { say("warning: " + line); }

void Console::progress(const std::string& line) {
  if (!animated_) return;
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());  // back to the start, erase to the end of the line
  std::fflush(stderr);
  in_progress_ = true;
}

void Console::end_progress() {
  if (in_progress_) std::fputc('\n', stderr);
  in_progress_ = false;
}

}  // namespace backprop::cli
