#include "run_program.hpp"

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace backprop::cli {

Workplace::Workplace() {
  std::string name = std::filesystem::temp_directory_path() / "backprop-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
}

Workplace::~Workplace() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Ran Workplace::run(const std::string& arguments) const { return shell("'" BACKPROP_PROGRAM "' " + arguments); }

Ran Workplace::shell(const std::string& command) const {
  const std::string all = "cd '" + folder_ + "' && ( " + command + " ) >.out 2>.err </dev/null";
  const int status = std::system(all.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read(".out"), read(".err")};
}

void Workplace::write(const std::string& name, const std::string& text) const {
  std::ofstream(path(name), std::ios::binary) << text;
}

std::string Workplace::read(const std::string& name) const {
  std::ifstream file(path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool Workplace::exists(const std::string& name) const { return std::filesystem::exists(path(name)); }

std::string iris() { return BACKPROP_SOURCE_DIR "/data/iris.csv"; }

}  // namespace backprop::cli
