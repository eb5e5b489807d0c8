// Words of a command line, read and written. Thread safety: pure functions.
#pragma once
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace backprop::cli {

// Quoted when a shell would cut it into several words or change it.
std::string shell_word(const std::string& text);

// What was given to a subcommand, in the order of its flags, without some of them (named without dashes).
std::vector<std::string> given_words(const CLI::App& app, const std::vector<std::string>& without);

}  // namespace backprop::cli
