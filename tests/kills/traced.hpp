// A program run under the eyes of the kernel's tracer, which may kill it, or let a call fail, at any system call on a
// file of one folder. Thread safety: one thread.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace backprop::kills {

// A system call that is about to be made on a file of the folder.
struct Call {
  int number = 0;    // from 1, of such calls
  std::string name;  // "write"
  std::string path;
  std::uint64_t bytes = 0;  // of a write
  bool creates = false;     // opens for writing
};

// What becomes of it: it is made, the process is killed instead, it fails with `error`, or writes only the first byte.
struct Fate {
  enum class Kind : std::uint8_t { made, killed, fails, shortened } kind = Kind::made;
  int error = 0;
};

struct Ended {
  int code = -1;    // of the exit; -1: killed
  std::string err;  // what it wrote to its standard error
};

// Whether the tracer works for this processor and is allowed here.
bool can_trace();

// Runs program and arguments in `place` and asks `decide` at each call on `folder` or a file whose path has it inside.
Ended trace(const std::vector<std::string>& command, const std::string& place, const std::string& folder,
            const std::function<Fate(const Call&)>& decide);

// Without tracer; killed with SIGKILL after so many seconds, if that is not negative.
Ended run_for(const std::vector<std::string>& command, const std::string& place, double seconds = -1, int signal = 9);

}  // namespace backprop::kills
