// A command's flags as a TOML file: key = value, the key a flag's name without dashes. Thread safety: main thread only.
#pragma once
#include <map>
#include <string>

namespace CLI {
class App;
}

namespace backprop::cli {

// Gives the command the flags of the file that were not given on the command line. Throws UsageError naming file, line
// and column for what is no TOML, no flag of the command or no value that the flag takes.
void apply_config(CLI::App& app, const std::string& path);

// The command's flags as such a file, all that decide what comes out and none that only say where to and how fast.
// `resolved` holds, as TOML, the values of flags that were not given or that stand for something else.
std::string write_config(const CLI::App& app, const std::map<std::string, std::string>& resolved);

// As TOML: a basic string, the shortest number that reads back the same.
std::string toml_text(const std::string& text);
std::string toml_number(double number);

}  // namespace backprop::cli
