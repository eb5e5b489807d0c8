// What the definitions of the program's flags say, for the pages and scripts made of them. Thread safety: pure
// functions.
#pragma once
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace backprop::cli {

struct FlagHelp {
  std::string names;  // "--target", "-h,--help"; "TABLE" for an argument
  std::string value;  // "COLUMN"; empty for a flag that takes none
  std::string description;
  bool argument = false;
};

struct CommandHelp {
  std::string name;
  std::string description;
  std::string examples;  // lines
  std::vector<FlagHelp> flags;
};

// The program itself, without a name, then each of its commands.
std::vector<CommandHelp> help_of(const CLI::App& program);

}  // namespace backprop::cli
