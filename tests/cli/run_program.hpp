// Runs the program as a person does: in a folder of its own, with its output and exit code caught.
// Thread safety: each Workplace is used by one thread.
#pragma once
#include <string>

namespace backprop::cli {

struct Ran {
  int code = -1;
  std::string out, err;
};

class Workplace {
 public:
  Workplace();  // a new empty folder
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  // Runs `backprop ARGUMENTS` through the shell, in the folder.
  Ran run(const std::string& arguments) const;
  Ran shell(const std::string& command) const;
  void write(const std::string& name, const std::string& text) const;
  std::string read(const std::string& name) const;
  bool exists(const std::string& name) const;
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

// The iris table that ships with the project.
std::string iris();

}  // namespace backprop::cli
